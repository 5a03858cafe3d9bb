import { Generation, type CommitOffsets } from './generation';

interface Commit {
  readonly offsets: string;
  readonly answer: PromiseWithResolvers<undefined>;
}

describe(Generation.name, () => {
  let generation: Generation;
  let stop: AbortController;
  let commits: Commit[];

  const commit: CommitOffsets = async (offsets) => {
    const places = offsets!.topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => `${topic}/${partition}:${offset}`),
    );
    const answer = Promise.withResolvers<undefined>();
    commits.push({ offsets: places.join(' '), answer });
    await answer.promise;
  };
  const settle = (partition: number, offset: bigint): void => {
    generation.settle({ topic: 't', partition, offset }, commit);
  };
  const answered = async (at: number, error?: Error): Promise<void> => {
    if (error) commits[at]!.answer.reject(error);
    else commits[at]!.answer.resolve(undefined);
    await new Promise(setImmediate);
  };
  const committed = (): string[] => commits.map(({ offsets }) => offsets);

  beforeEach(() => {
    stop = new AbortController();
    generation = new Generation(stop.signal);
    commits = [];
  });

  it('commits at once, and what is settled meanwhile in one request after it', async () => {
    settle(0, 1n);
    settle(0, 2n);
    settle(1, 7n);
    settle(0, 3n);
    expect(committed()).toEqual(['t/0:1']);
    await answered(0);
    expect(committed()).toEqual(['t/0:1', 't/0:3 t/1:7']);
    await answered(1);
    expect(committed()).toHaveLength(2);
  });

  it('tells a refusal once, and commits the same with what comes next', async () => {
    settle(0, 1n);
    settle(1, 7n);
    await answered(0, new Error('no coordinator'));
    expect(() => {
      generation.throwRefusal();
    }).toThrow('no coordinator');
    expect(() => {
      generation.throwRefusal();
    }).not.toThrow();
    settle(0, 2n);
    expect(committed()).toEqual(['t/0:1', 't/1:7 t/0:2']);
  });

  it('never goes back to an earlier offset after a refusal', async () => {
    settle(0, 1n);
    settle(0, 2n);
    await answered(0, new Error('late'));
    generation.commitSettled();
    expect(committed()).toEqual(['t/0:1', 't/0:2']);
  });

  it('waits for what is under way and tries what was refused once more, when it is told to stop', async () => {
    settle(0, 1n);
    stop.abort();
    const done = generation.committed();
    await answered(0, new Error('late'));
    expect(committed()).toEqual(['t/0:1', 't/0:1']);
    await answered(1);
    await done;
    expect(generation.isEnding).toBe(true);
  });

  it('commits what is settled before this member joins again, and nothing that is settled later', async () => {
    settle(0, 1n);
    settle(0, 2n);
    generation.endWithCommit();
    expect(committed()).toEqual(['t/0:1', 't/0:2']);
    settle(0, 3n);
    await answered(0);
    await answered(1);
    expect([committed().length, generation.isOver, generation.isEnding]).toEqual([2, true, true]);
  });

  it('commits nothing any more once it is over', async () => {
    settle(0, 1n);
    settle(0, 2n);
    generation.end();
    await answered(0);
    await generation.committed();
    expect(committed()).toEqual(['t/0:1']);
  });
});
