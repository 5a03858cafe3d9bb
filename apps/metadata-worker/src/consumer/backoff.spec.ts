import { backoffMs } from './backoff';

const SAMPLES = 500;
const waitsOf = (attempt: number): number[] => Array.from({ length: SAMPLES }, () => backoffMs(attempt));

describe(backoffMs.name, () => {
  it.each([
    [1, 100],
    [2, 200],
    [6, 3_200],
    [7, 5_000],
    [1_000_000, 5_000],
  ])('waits after try %d at most %d ms, and uses most of that span', (attempt, longestMs) => {
    const waits = waitsOf(attempt);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...waits)).toBeLessThanOrEqual(longestMs);
    expect(Math.max(...waits)).toBeGreaterThan(longestMs * 0.8);
    expect(Math.min(...waits)).toBeLessThan(longestMs * 0.2);
  });
});
