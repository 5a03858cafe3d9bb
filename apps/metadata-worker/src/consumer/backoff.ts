const FIRST_MS = 100;
const LONGEST_MS = 5_000;

/** Exponential backoff with full jitter: 0–100 ms after the first try, at most 5 s. */
export function backoffMs(attempt: number): number {
  return Math.random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 16));
}
