import { PartitionPauses } from './partition-pauses';

describe(PartitionPauses.name, () => {
  const PLACE = { topic: 'records', partition: 3 };
  let asked: string[];
  let pauses: PartitionPauses;

  beforeEach(() => {
    asked = [];
    const named = (word: string, [one]: readonly { topic: string; partitions?: number[] }[]): void => {
      asked.push(`${word} ${one!.topic}/${one!.partitions!.join()}`);
    };
    pauses = new PartitionPauses({
      pause: (places) => {
        named('pause', places);
      },
      resume: (places) => {
        named('resume', places);
      },
      seek: ({ topic, partition, offset }) => {
        asked.push(`seek ${topic}/${partition} ${offset}`);
      },
    });
    pauses.fetchBegins(1);
    pauses.fetchBegins(2);
  });

  it('ends a pause once its condition holds, with the next fetch', () => {
    let isOver = false;
    pauses.pause(PLACE, () => isOver);
    for (const node of [1, 2]) pauses.fetchBegins(node);
    expect([pauses.has(PLACE), asked]).toEqual([true, ['pause records/3']]);
    isOver = true;
    expect(pauses.fetchBegins(1)).toEqual([]);
    expect([pauses.has(PLACE), asked.slice(1)]).toEqual([false, ['resume records/3']]);
  });

  it('ends none before each node is asked again: until then what was fetched before is under way', () => {
    pauses.pause(PLACE, () => true, 40n);
    expect(pauses.fetchBegins(1)).toEqual([]);
    expect(pauses.fetchBegins(1)).toEqual([]);
    expect(pauses.fetchBegins(2)).toEqual([{ ...PLACE, from: 40n }]);
    expect(asked).toEqual(['pause records/3', 'seek records/3 40', 'resume records/3']);
  });

  it('goes on where the last pause of a partition says', () => {
    pauses.pause(PLACE, () => true);
    pauses.pause(PLACE, () => true, 7n);
    pauses.fetchBegins(1);
    expect(pauses.fetchBegins(2)).toEqual([{ ...PLACE, from: 7n }]);
  });

  it('forgets everything when the group begins anew', () => {
    pauses.pause(PLACE, () => true, 7n);
    pauses.clear();
    for (const node of [1, 2, 1, 2]) expect(pauses.fetchBegins(node)).toEqual([]);
    expect(pauses.has(PLACE)).toBe(false);
  });
});
