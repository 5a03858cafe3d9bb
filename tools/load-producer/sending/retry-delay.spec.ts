import { retryDelayMs } from './retry-delay';

describe(retryDelayMs.name, () => {
  it('doubles from attempt to attempt, up to five seconds', () => {
    const delays = [1, 2, 3, 10].map((attempt) => retryDelayMs({ attempt }, () => 1));
    expect(delays).toEqual([100, 200, 400, 5_000]);
  });

  it('is half of it at least', () => {
    expect(retryDelayMs({ attempt: 3 }, () => 0)).toBe(200);
  });

  it.each([0, 0.5, 1])('never comes back sooner than the server asked for', (random) => {
    expect(retryDelayMs({ attempt: 1, askedMs: 2_000 }, () => random)).toBeGreaterThan(2_000);
  });

  it('comes back soon after what the server asked for', () => {
    expect(retryDelayMs({ attempt: 9, askedMs: 1_000 }, () => 1)).toBe(2_000);
  });
});
