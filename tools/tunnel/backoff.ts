const firstMs = 500;
const longestMs = 30_000;

/** Waits between attempts: each up to twice as long as the one before, at random, so that many do not come at once. */
export class Backoff {
  private attempts = 0;

  constructor(private readonly random: () => number = Math.random) {}

  /** Milliseconds to wait before the next attempt: from a half to the whole of 0.5 s, 1 s, 2 s … 30 s. */
  nextMs(): number {
    const ceiling = Math.min(longestMs, firstMs * 2 ** this.attempts);
    this.attempts = Math.min(this.attempts + 1, 16);
    return Math.round(ceiling * (0.5 + this.random() / 2));
  }

  /** What was waited for works again. */
  reset(): void {
    this.attempts = 0;
  }
}
