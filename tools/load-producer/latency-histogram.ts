import { createHistogram } from 'node:perf_hooks';

const MICROSECONDS = 1_000;
const LONGEST_MS = 24 * 3_600_000;

/** Milliseconds. */
export interface LatencyFigures {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Times by the share of records that took no longer: a high dynamic range histogram of fixed size, exact to 0.1 %. */
export class LatencyHistogram {
  private readonly histogram = createHistogram({ lowest: 1, highest: LONGEST_MS * MICROSECONDS, figures: 3 });

  record(ms: number): void {
    this.histogram.record(Math.min(Math.max(1, Math.round(ms * MICROSECONDS)), LONGEST_MS * MICROSECONDS));
  }

  /** Undefined while nothing was recorded. */
  get figures(): LatencyFigures | undefined {
    const { histogram } = this;
    if (histogram.count === 0) return undefined;
    const at = (percent: number): number => histogram.percentile(percent) / MICROSECONDS;
    return { p50: at(50), p95: at(95), p99: at(99), max: histogram.max / MICROSECONDS };
  }
}
