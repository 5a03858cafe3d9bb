/** A part of time: captured later than `afterMs`, at `untilMs` or before. */
export interface CaptureWindow {
  readonly afterMs: number;
  readonly untilMs: number;
}

const FIRST_WIDTH_MS = 60_000;
const MIN_WIDTH_MS = 1;
/** Nothing is captured before: timestamps of the contract begin here. */
const BEGIN_MS = Date.UTC(2000);

/** Documents of one window that are neither too many for memory nor too few for a query of their own. */
const FEW = 250;
const MANY = 2_000;

/**
 * Cuts time into windows, the newest first, each as wide as the one before it suggests: a query that is bounded on
 * both sides reads its part of the index and nothing else, in every database we know.
 */
export class CaptureWindows {
  private widthMs = FIRST_WIDTH_MS;
  private untilMs: number;
  /** What is captured in the future, by a clock that is ahead. */
  private ahead: CaptureWindow | undefined;

  constructor(
    private readonly whole: CaptureWindow,
    nowMs: number,
  ) {
    const splitMs = Math.max(nowMs, whole.afterMs);
    this.untilMs = Math.min(whole.untilMs, splitMs);
    this.ahead = whole.untilMs > splitMs ? { afterMs: splitMs, untilMs: whole.untilMs } : undefined;
  }

  /** The next window back in time; undefined when the whole is through. */
  next(): CaptureWindow | undefined {
    const { ahead } = this;
    this.ahead = undefined;
    if (ahead) return ahead;
    if (this.untilMs <= this.whole.afterMs) return undefined;
    const earliest = this.untilMs - this.widthMs;
    const afterMs = earliest < BEGIN_MS ? this.whole.afterMs : Math.max(earliest, this.whole.afterMs);
    const window = { afterMs, untilMs: this.untilMs };
    this.untilMs = afterMs;
    return window;
  }

  /** Tells how many documents the last window held. */
  found(count: number): void {
    if (count < FEW) this.widthMs *= 4;
    else if (count > MANY)
      this.widthMs = Math.max(MIN_WIDTH_MS, Math.floor((this.widthMs * MANY) / count / 2));
  }
}
