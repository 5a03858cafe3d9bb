import { FetchRounds } from './fetch-rounds';

describe(FetchRounds.name, () => {
  let rounds: FetchRounds;
  const fetch = (...nodes: readonly number[]): void => {
    for (const node of nodes) {
      rounds.begins(node);
      rounds.answered(node);
    }
  };

  beforeEach(() => {
    jest.useFakeTimers();
    rounds = new FetchRounds();
    fetch(1, 2);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('takes what was fetched for handled once each node is asked again', () => {
    const isHandled = rounds.mark();
    fetch(1, 1);
    expect(isHandled()).toBe(false);
    rounds.begins(2);
    expect(isHandled()).toBe(true);
  });

  it('waits for no node that is a broker no more', () => {
    const isHandled = rounds.mark();
    for (let second = 0; second < 60; second++) {
      fetch(1);
      jest.advanceTimersByTime(1_000);
      expect(isHandled()).toBe(false);
    }
    jest.advanceTimersByTime(1);
    expect(isHandled()).toBe(true);
  });

  it('knows a join within the fetch of one node, while the others went on', () => {
    rounds.begins(2);
    expect(rounds.restart()).toBe(true);
    expect(rounds.restart()).toBe(false);
  });

  it.each([
    ['between fetches', [1, 2], []],
    ['within the fetch of the only node', [], [1]],
  ])('takes a join %s for one like any other', (_name, answered, open) => {
    rounds.restart();
    fetch(...answered);
    for (const node of open) rounds.begins(node);
    expect(rounds.restart()).toBe(false);
  });
});
