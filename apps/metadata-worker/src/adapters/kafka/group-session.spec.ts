import { GroupSession, MustRejoin, type CommitOffsets } from './group-session';

interface Commit {
  readonly offsets: string;
  readonly answer: PromiseWithResolvers<undefined>;
}

const LEASE_MS = 4_000;

describe(GroupSession.name, () => {
  let session: GroupSession;
  let stop: AbortController;
  let commits: Commit[];

  const commit: CommitOffsets = async (offsets) => {
    const positions = offsets!.topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => `${topic}/${partition}:${offset}`),
    );
    const answer = Promise.withResolvers<undefined>();
    commits.push({ offsets: positions.join(' '), answer });
    await answer.promise;
  };
  const settle = (partition: number, offset: bigint): void => {
    session.commitSoon({ topic: 't', partition, offset });
  };
  const answered = async (at: number, error?: Error): Promise<void> => {
    if (error) commits[at]!.answer.reject(error);
    else commits[at]!.answer.resolve(undefined);
    await new Promise(setImmediate);
  };
  const committed = (): string[] => commits.map(({ offsets }) => offsets);

  beforeEach(() => {
    stop = new AbortController();
    session = new GroupSession(LEASE_MS, stop.signal);
    session.commitWith({ commitOffsetsIfNecessary: commit });
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
      session.throwRefusal();
    }).toThrow('no coordinator');
    expect(() => {
      session.throwRefusal();
    }).not.toThrow();
    settle(0, 2n);
    expect(committed()).toEqual(['t/0:1', 't/1:7 t/0:2']);
  });

  it('never goes back to an earlier offset after a refusal', async () => {
    settle(0, 1n);
    settle(0, 2n);
    await answered(0, new Error('late'));
    session.confirm();
    expect(committed()).toEqual(['t/0:1', 't/0:2']);
  });

  it('waits for what is under way and tries what was refused once more, when it is told to stop', async () => {
    settle(0, 1n);
    stop.abort();
    const done = session.committed();
    await answered(0, new Error('late'));
    expect(committed()).toEqual(['t/0:1', 't/0:1']);
    await answered(1);
    await done;
    expect(session.isEnding).toBe(true);
  });

  it('commits what is settled before this member joins again, and nothing that is settled later', async () => {
    settle(0, 1n);
    settle(0, 2n);
    session.endWithCommit();
    expect(committed()).toEqual(['t/0:1', 't/0:2']);
    settle(0, 3n);
    await answered(0);
    await answered(1);
    expect([committed().length, session.isOver, session.isEnding]).toEqual([2, true, true]);
  });

  it('commits nothing any more once it is over', async () => {
    settle(0, 1n);
    settle(0, 2n);
    session.end();
    await answered(0);
    await session.committed();
    expect(committed()).toEqual(['t/0:1']);
  });

  it('waits for the answer to a commit, and tells what it was refused with', async () => {
    const done = session.commit({ topic: 't', partition: 0, offset: 4n });
    await answered(0);
    await done;
    const refused = expect(session.commit({ topic: 't', partition: 0, offset: 9n })).rejects.toThrow('late');
    await answered(1, new Error('late'));
    await answered(2, new Error('late'));
    await refused;
    session.end();
    await expect(session.commit({ topic: 't', partition: 0, offset: 9n })).rejects.toThrow(MustRejoin);
    expect(committed()).toEqual(['t/0:4', 't/0:9', 't/0:9']);
  });

  it('sends heartbeats while kafkajs waits, and no longer than until one is refused', async () => {
    jest.useFakeTimers();
    const heartbeat = jest.fn(() => Promise.resolve());
    const work = Promise.withResolvers<undefined>();
    const waits = session.keepAlive({ heartbeat }, () => work.promise);
    await jest.advanceTimersByTimeAsync(2_500);
    work.resolve(undefined);
    await waits;
    await jest.advanceTimersByTimeAsync(2_500);
    expect(heartbeat).toHaveBeenCalledTimes(2);
    heartbeat.mockRejectedValue(new Error('rebalance'));
    const lost = session.keepAlive({ heartbeat }, () => new Promise(() => undefined));
    const isLost = expect(lost).rejects.toThrow('rebalance');
    await jest.advanceTimersByTimeAsync(1_000);
    await isLost;
    jest.useRealTimers();
  });

  it('holds as long as heartbeats are answered, and again with the next answer', () => {
    jest.useFakeTimers();
    session = new GroupSession(LEASE_MS, stop.signal);
    const held = (): boolean[] => [session.holds, !session.signal.aborted];
    jest.advanceTimersByTime(LEASE_MS - 1);
    expect(held()).toEqual([true, true]);
    session.confirm();
    jest.advanceTimersByTime(LEASE_MS - 1);
    expect(held()).toEqual([true, true]);
    const { signal } = session;
    jest.advanceTimersByTime(1);
    expect([...held(), signal.aborted]).toEqual([false, false, true]);
    session.confirm();
    expect(held()).toEqual([true, true]);
    session.end();
    session.confirm();
    expect(held()).toEqual([false, false]);
    jest.useRealTimers();
  });

  it.each(['over', 'stopping'])('wakes whoever sleeps when it is %s', async (end) => {
    expect(await session.sleep(1)).toBe(true);
    const slept = session.sleep(3_600_000);
    if (end === 'over') session.end();
    else stop.abort();
    expect(await slept).toBe(false);
  });
});
