import { FetchProgress } from './fetch-progress';
import { PartitionPauses } from './partition-pauses';

describe(PartitionPauses.name, () => {
  const PARTITION = { topic: 'records', partition: 3 };
  let asked: string[];
  let progress: FetchProgress;
  let pauses: PartitionPauses;
  const fetch = (...nodes: readonly number[]): void => {
    for (const node of nodes) {
      progress.started(node);
      pauses.resumeDue();
    }
  };

  beforeEach(() => {
    asked = [];
    progress = new FetchProgress();
    const note =
      (word: string) =>
      ([one]: readonly { topic: string; partitions?: number[] }[]): void => {
        asked.push(`${word} ${one!.topic}/${one!.partitions!.join()}`);
      };
    const goOnAt = ({ topic, partition }: typeof PARTITION, offset: bigint): void => {
      asked.push(`go on ${topic}/${partition} ${offset}`);
    };
    pauses = new PartitionPauses({ pause: note('pause'), resume: note('resume') }, progress, goOnAt);
    fetch(1, 2);
  });

  it('ends a pause once its condition holds, with the next fetch', () => {
    let isOver = false;
    pauses.pause(PARTITION, () => isOver);
    fetch(1, 2);
    expect([pauses.has(PARTITION), asked]).toEqual([true, ['pause records/3']]);
    isOver = true;
    fetch(1);
    expect([pauses.has(PARTITION), asked.slice(1)]).toEqual([false, ['resume records/3']]);
  });

  it('ends none before all that was fetched before it is handled', () => {
    pauses.pause(PARTITION, () => true, 40n);
    fetch(1, 1);
    expect(pauses.has(PARTITION)).toBe(true);
    fetch(2);
    expect(asked).toEqual(['pause records/3', 'go on records/3 40', 'resume records/3']);
  });

  it('goes on where the last pause of a partition says', () => {
    pauses.pause(PARTITION, () => true);
    pauses.pause(PARTITION, () => true, 7n);
    fetch(1, 2);
    expect(asked.slice(2)).toEqual(['go on records/3 7', 'resume records/3']);
  });

  it('forgets everything when the group begins anew', () => {
    pauses.pause(PARTITION, () => true, 7n);
    pauses.clear();
    fetch(1, 2);
    expect([pauses.has(PARTITION), asked]).toEqual([false, ['pause records/3']]);
  });
});
