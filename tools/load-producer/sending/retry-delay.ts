const FIRST_MS = 100;
const LONGEST_MS = 5_000;

export interface RetryTerms {
  /** From 1 on. */
  readonly attempt: number;
  /** What the server asked for. */
  readonly askedMs?: number | undefined;
}

/**
 * How long to wait after a failed attempt, in milliseconds: doubled from attempt to attempt, half of it at random so
 * that clients do not come back all at once; never sooner than the server asked for.
 */
export function retryDelayMs({ attempt, askedMs = 0 }: RetryTerms, random = Math.random): number {
  const backoffMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  const jittered = (ms: number): number => ms * (1 + random()) * 0.5;
  return askedMs > 0 ? askedMs + jittered(Math.min(backoffMs, askedMs)) : jittered(backoffMs);
}
