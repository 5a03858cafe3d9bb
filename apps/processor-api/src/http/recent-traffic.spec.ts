import { FixedClock } from '@libs/domain/testing';
import { RecentTraffic, WINDOW_SECONDS } from './recent-traffic';

describe(RecentTraffic.name, () => {
  const clock = new FixedClock(new Date());
  let traffic: RecentTraffic;

  beforeEach(() => {
    clock.time = new Date('2026-11-21T12:00:00.400Z');
    traffic = new RecentTraffic(clock);
  });

  function pass(seconds: number): void {
    clock.time = new Date(clock.time.getTime() + seconds * 1000);
  }

  function accept(...latenciesMs: readonly number[]): void {
    for (const ms of latenciesMs) traffic.note({ accepted: 1, refused: 0, ms });
  }

  it('has no point before a second is over', () => {
    accept(5);
    expect(traffic.points()).toEqual([]);
  });

  it('counts what was accepted and refused in each second', () => {
    accept(5, 5);
    pass(1);
    traffic.note({ accepted: 7, refused: 3, ms: 20 });
    traffic.note({ accepted: 0, refused: 1, ms: 1 });
    pass(1);
    expect(traffic.points()).toMatchObject([
      { at: '2026-11-21T12:00:00.000Z', accepted: 2, refused: 0 },
      { at: '2026-11-21T12:00:01.000Z', accepted: 7, refused: 4 },
    ]);
  });

  it('has empty points where nothing came, without latencies', () => {
    pass(2);
    const empty = { accepted: 0, refused: 0, p50Ms: null, p95Ms: null, p99Ms: null };
    expect(traffic.points()).toMatchObject([empty, empty]);
  });

  it('tells latencies within 6 %, of accepted records alone', () => {
    accept(...Array.from({ length: 1000 }, (_, index) => 1 + index));
    for (let index = 0; index < 1000; index += 1) traffic.note({ accepted: 0, refused: 1, ms: 0.1 });
    pass(1);
    const [{ p50Ms, p95Ms, p99Ms } = {}] = traffic.points();
    for (const [told, real] of [
      [p50Ms, 500],
      [p95Ms, 950],
      [p99Ms, 990],
    ] as const) {
      expect(Math.abs(told! / real - 1)).toBeLessThan(0.06);
    }
  });

  it.each([0, 0.001, 1e9, Number.POSITIVE_INFINITY])('takes a latency of %d ms', (ms) => {
    accept(ms);
    pass(1);
    expect(traffic.points()).toMatchObject([{ accepted: 1, p99Ms: expect.any(Number) }]);
  });

  it('forgets what is older than the window', () => {
    accept(5);
    pass(WINDOW_SECONDS - 1);
    expect(traffic.points()[0]).toMatchObject({ accepted: 1 });
    pass(1);
    const points = traffic.points();
    expect(points).toHaveLength(WINDOW_SECONDS - 1);
    expect(points.every(({ accepted }) => accepted === 0)).toBe(true);
  });

  it('does not mix a second with the one that had its place before', () => {
    accept(5, 5, 5);
    pass(WINDOW_SECONDS);
    accept(800);
    pass(1);
    const last = traffic.points().at(-1)!;
    expect(last.accepted).toBe(1);
    expect(last.p50Ms).toBeGreaterThan(700);
  });

  it('goes on when the clock is put back', () => {
    pass(10);
    accept(5);
    clock.time = new Date('2026-11-21T11:00:00.000Z');
    accept(5);
    expect(traffic.points()).toEqual([]);
    clock.time = new Date('2026-11-21T12:00:12.000Z');
    expect(traffic.points().filter(({ accepted }) => accepted > 0)).toHaveLength(1);
  });
});
