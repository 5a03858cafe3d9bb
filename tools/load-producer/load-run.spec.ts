import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@libs/testing/app-process';
import { EvenArrivals, FloodArrivals, type Arrivals } from './arrivals';
import { BottleneckWatch } from './bottleneck-watch';
import { LoadRun, type RunTerms } from './load-run';
import { Tally } from './tally';

const { signal: never } = new AbortController();

class Scene {
  readonly tally = new Tally();
  readonly requests: (readonly number[])[] = [];
  most = 0;
  private underWay = 0;
  readonly run: LoadRun;

  /** @param answer resolves when the server answers */
  constructor(arrivals: Arrivals, answer: () => Promise<unknown>, terms: Partial<RunTerms> = {}) {
    const deliver = async (indices: readonly number[]): Promise<void> => {
      this.requests.push(indices);
      this.most = Math.max(this.most, (this.underWay += 1));
      await answer();
      this.underWay -= 1;
    };
    const watch = new BottleneckWatch(() => undefined);
    const all = { batch: 1, lingerMs: 0, connections: 2, maxWaiting: 100, ...terms };
    this.run = new LoadRun({ arrivals, deliver, tally: this.tally, watch }, all);
  }

  get delivered(): number[] {
    return this.requests.flat();
  }
}

const arrivals = (count: number, rate = 1_000): EvenArrivals =>
  new EvenArrivals({ startMs: performance.now(), rate, count });
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe(LoadRun.name, () => {
  it('delivers each record once, on no more connections than there are', async () => {
    const scene = new Scene(arrivals(40), () => sleep(3));
    await scene.run.run(never);
    expect(scene.delivered).toEqual(numbers(40));
    expect(scene.most).toBe(2);
    expect(scene.run.idleConnections).toBe(2);
  });

  it('lets records arrive while the server answers nothing, and counts those that nobody may wait for', async () => {
    const answered = Promise.withResolvers<undefined>();
    const scene = new Scene(arrivals(50), () => answered.promise, { maxWaiting: 10 });
    const running = scene.run.run(never);
    await eventually(() => scene.run.arrivals === 50, 10_000);
    expect(scene.tally.neverSent).toBe(38);
    answered.resolve(undefined);
    await running;
    expect(scene.delivered).toEqual(numbers(12));
  });

  it('fills batches, and sends the rest without waiting for more', async () => {
    const scene = new Scene(arrivals(25, 10_000), () => sleep(1), { batch: 10, lingerMs: 60_000 });
    await scene.run.run(never);
    expect(scene.requests.map(({ length }) => length)).toEqual([10, 10, 5]);
  });

  it('sends a batch that does not fill once its first record has lingered', async () => {
    const scene = new Scene(arrivals(4, 5), () => sleep(1), { batch: 100, lingerMs: 10 });
    await scene.run.run(never);
    expect(scene.requests.length).toBeGreaterThan(1);
    expect(scene.delivered).toEqual(numbers(4));
  });

  it('leaves what only waits unsent when it is stopped, and waits for the rest', async () => {
    const stop = new AbortController();
    const answered = Promise.withResolvers<undefined>();
    const scene = new Scene(arrivals(Infinity), () => answered.promise);
    const running = scene.run.run(stop.signal);
    await eventually(() => scene.run.waiting > 3, 10_000);
    stop.abort();
    answered.resolve(undefined);
    await running;
    expect(scene.delivered).toEqual([0, 1]);
    expect(scene.tally.leftUnsent).toBe(scene.run.arrivals - 2 - scene.tally.neverSent);
  });

  it('keeps every connection busy under a flood', async () => {
    const stop = new AbortController();
    const scene = new Scene(new FloodArrivals(), () => sleep(1), { batch: 3, connections: 4 });
    const running = scene.run.run(stop.signal);
    await eventually(() => scene.requests.length > 20, 10_000);
    stop.abort();
    await running;
    expect(scene.most).toBe(4);
    expect(scene.requests.every(({ length }) => length === 3)).toBe(true);
    expect(scene.tally.neverSent).toBe(0);
  });
});
