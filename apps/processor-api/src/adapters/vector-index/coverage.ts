/** From which capture on the index holds every document; what is older is looked for in the database. */
export class Coverage {
  private coveredMs = Infinity;
  /** The latest capture that was given up since the sweep began. */
  private givenUpMs = -Infinity;

  /** Documents captured later are in the index. */
  get afterMs(): number {
    return this.coveredMs;
  }

  sweepBegins(): void {
    this.givenUpMs = -Infinity;
  }

  /** The sweep has looked at everything captured later. */
  reached(afterMs: number): void {
    this.coveredMs = Math.max(Math.min(this.coveredMs, afterMs), this.givenUpMs);
  }

  /** A document had to go, or could not be taken in. */
  gaveUp(capturedAtMs: number): void {
    this.givenUpMs = Math.max(this.givenUpMs, capturedAtMs);
    this.coveredMs = Math.max(this.coveredMs, capturedAtMs);
  }
}
