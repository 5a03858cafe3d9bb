import { FetchProgress } from './fetch-progress';

describe(FetchProgress.name, () => {
  let progress: FetchProgress;
  const fetch = (...nodes: readonly number[]): void => {
    for (const node of nodes) {
      progress.started(node);
      progress.answered(node);
    }
  };

  beforeEach(() => {
    jest.useFakeTimers();
    progress = new FetchProgress();
    fetch(1, 2);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('takes what was fetched for handled once each node is asked again', () => {
    const isHandled = progress.mark();
    fetch(1, 1);
    expect(isHandled()).toBe(false);
    progress.started(2);
    expect(isHandled()).toBe(true);
  });

  it('waits for no node that is a broker no more', () => {
    const isHandled = progress.mark();
    for (let second = 0; second < 60; second++) {
      fetch(1);
      jest.advanceTimersByTime(1_000);
      expect(isHandled()).toBe(false);
    }
    jest.advanceTimersByTime(1);
    expect(isHandled()).toBe(true);
  });

  it('knows a join within the fetch of one node, while the others went on', () => {
    progress.started(2);
    expect(progress.restart()).toBe(true);
    expect(progress.restart()).toBe(false);
  });

  it.each([
    ['between fetches', [1, 2], []],
    ['within the fetch of the only node', [], [1]],
  ])('takes a join %s for one like any other', (_name, answered, open) => {
    progress.restart();
    fetch(...answered);
    for (const node of open) progress.started(node);
    expect(progress.restart()).toBe(false);
  });
});
