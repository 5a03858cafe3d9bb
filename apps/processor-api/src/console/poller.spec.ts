import { Poller } from './page/poller.js';

const INTERVAL_MS = 1_000;

describe(Poller.name, () => {
  let asked: number;
  let faults: Error[];
  let answer: () => Promise<void>;
  let page: { hidden: boolean; addEventListener: (name: string, listener: () => void) => void };
  let tellVisibility: () => void;
  let poller: Poller;

  beforeEach(() => {
    jest.useFakeTimers();
    jest.spyOn(Math, 'random').mockReturnValue(0.5);
    asked = 0;
    faults = [];
    answer = () => Promise.resolve();
    page = { hidden: false, addEventListener: (_, listener) => (tellVisibility = listener) };
    poller = new Poller(
      {
        intervalMs: INTERVAL_MS,
        task: () => {
          asked += 1;
          return answer();
        },
        onFault: (fault: Error) => faults.push(fault),
      },
      page,
    );
  });
  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

  function see(hidden: boolean): void {
    page.hidden = hidden;
    tellVisibility();
  }

  it('asks at once and then at every interval', async () => {
    poller.start();
    await pass(0);
    expect(asked).toBe(1);
    await pass(3 * INTERVAL_MS);
    expect(asked).toBe(4);
  });

  it('does not ask before it is started, nor after it is stopped', async () => {
    await pass(INTERVAL_MS);
    expect(asked).toBe(0);
    poller.start();
    await pass(0);
    poller.stop();
    await pass(10 * INTERVAL_MS);
    expect(asked).toBe(1);
  });

  it('rests while nobody sees the page, and asks as soon as somebody does', async () => {
    poller.start();
    await pass(0);
    see(true);
    await pass(60 * INTERVAL_MS);
    expect(asked).toBe(1);
    see(false);
    await pass(0);
    expect(asked).toBe(2);
  });

  it('waits longer after each fault, a minute at most, and goes on as before once it is over', async () => {
    answer = () => Promise.reject(new Error('down'));
    poller.start();
    await pass(0);
    for (const pauseMs of [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) {
      const before = asked;
      await pass(pauseMs - 1);
      expect(asked).toBe(before);
      answer = () => Promise.reject(new Error('down'));
      await pass(1);
      expect(asked).toBe(before + 1);
    }
    expect(faults).toHaveLength(8);
    answer = () => Promise.resolve();
    await pass(60_000);
    const before = asked;
    await pass(INTERVAL_MS);
    expect(asked).toBe(before + 1);
  });

  it('waits as long as it is asked to, whatever else would make it ask', async () => {
    answer = () => Promise.reject(Object.assign(new Error('enough'), { retryAfterMs: 30_000 }));
    poller.start();
    await pass(0);
    poller.now();
    see(true);
    see(false);
    poller.stop();
    poller.start();
    await pass(29_999);
    expect(asked).toBe(1);
    await pass(1);
    expect(asked).toBe(2);
  });

  it('asks one at a time', async () => {
    answer = () => new Promise(() => undefined);
    poller.start();
    await pass(0);
    poller.now();
    see(false);
    await pass(10 * INTERVAL_MS);
    expect(asked).toBe(1);
  });

  it('says nothing of a fault that comes after it was stopped', async () => {
    let fail = (): void => undefined;
    answer = () =>
      new Promise(
        (_, reject) =>
          (fail = () => {
            reject(new Error('late'));
          }),
      );
    poller.start();
    await pass(0);
    poller.stop();
    fail();
    await pass(0);
    expect(faults).toEqual([]);
  });
});
