/** When records arrive, on the clock of performance.now(). */
export interface Arrivals {
  /** How many there will be; Infinity where nobody knows. */
  readonly count: number;
  /** How many have arrived by `nowMs`; `idle` could be sent at once. */
  arrivedBy(nowMs: number, idle: number): number;
  dueAtMs(index: number): number;
}

/** Records arrive at an even rate, whatever becomes of those before: nobody waits for an answer to begin the next. */
export class EvenArrivals implements Arrivals {
  private readonly startMs: number;
  private readonly perMs: number;
  readonly count: number;

  constructor({ startMs, rate, count }: { startMs: number; rate: number; count: number }) {
    this.startMs = startMs;
    this.perMs = rate / 1_000;
    this.count = count;
  }

  arrivedBy(nowMs: number): number {
    return Math.min(this.count, Math.max(0, Math.floor((nowMs - this.startMs) * this.perMs) + 1));
  }

  dueAtMs(index: number): number {
    return this.startMs + index / this.perMs;
  }
}

/** A record arrives whenever one can be sent: what a server, or this producer, can do at most. */
export class FloodArrivals implements Arrivals {
  readonly count = Infinity;
  private arrived = 0;

  arrivedBy(_nowMs: number, idle: number): number {
    return (this.arrived += Math.max(0, idle));
  }

  dueAtMs(): number {
    return performance.now();
  }
}
