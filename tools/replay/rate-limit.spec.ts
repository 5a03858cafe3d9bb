import { RateLimit } from './rate-limit';

describe(RateLimit.name, () => {
  const timeline = (): { readonly limit: RateLimit; nowMs: number } => {
    const clock = { nowMs: 1_000 };
    const sleep = (ms: number): Promise<unknown> => Promise.resolve((clock.nowMs += ms));
    return Object.assign(clock, { limit: new RateLimit(10, () => clock.nowMs, sleep) });
  };

  it('lets the first pass at once and no more than the rate after it', async () => {
    const time = timeline();
    const passedAtMs: number[] = [];
    for (const count of [5, 5, 1, 10, 1]) {
      await time.limit.pass(count);
      passedAtMs.push(time.nowMs - 1_000);
    }
    expect(passedAtMs).toEqual([0, 500, 1_000, 1_100, 2_100]);
  });

  it('saves nothing up for a burst while nothing passes', async () => {
    const time = timeline();
    await time.limit.pass(10);
    time.nowMs += 60_000;
    await time.limit.pass(10);
    await time.limit.pass(10);
    expect(time.nowMs).toBe(1_000 + 60_000 + 1_000);
  });
});
