/** What can be among the nearest. */
export interface Candidate {
  readonly eventId: string;
  /** Its cosine is at most this. */
  readonly upperBound: number;
}

const PRUNE_AT = 1_024;

/**
 * Gathers what can be among the k nearest when each cosine is known to lie within an interval: at least k reach the
 * k-th greatest lower bound, so nothing is left out but what stays below it.
 */
export class BestBounds {
  /** The k greatest lower bounds, the greatest first. */
  private readonly lowerBounds: number[] = [];
  private kept: Candidate[] = [];
  private pruneAt = PRUNE_AT;

  constructor(private readonly k: number) {}

  offer(eventId: string, estimate: number, radius: number): void {
    const upperBound = estimate + radius;
    if (upperBound < this.threshold) return;
    this.kept.push({ eventId, upperBound });
    this.note(estimate - radius);
    if (this.kept.length >= this.pruneAt) {
      this.prune();
      this.pruneAt = 2 * this.kept.length + PRUNE_AT;
    }
  }

  /** The greatest upper bound first. */
  candidates(): readonly Candidate[] {
    this.prune();
    return this.kept.sort((a, b) => b.upperBound - a.upperBound);
  }

  private get threshold(): number {
    return this.lowerBounds.length < this.k ? -Infinity : this.lowerBounds[this.k - 1]!;
  }

  private note(lowerBound: number): void {
    if (lowerBound <= this.threshold) return;
    const at = this.lowerBounds.findIndex((other) => other < lowerBound);
    this.lowerBounds.splice(at === -1 ? this.lowerBounds.length : at, 0, lowerBound);
    if (this.lowerBounds.length > this.k) this.lowerBounds.pop();
  }

  private prune(): void {
    const { threshold } = this;
    this.kept = this.kept.filter(({ upperBound }) => upperBound >= threshold);
  }
}
