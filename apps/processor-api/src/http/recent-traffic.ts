import { Clock } from '@libs/domain';

/** How a request to write ended; a batch counts each of its records. */
export interface WriteOutcome {
  readonly accepted: number;
  readonly refused: number;
  readonly ms: number;
}

/** What became of the records of one second; milliseconds are of those accepted, null where there were none. */
export interface TrafficPoint {
  /** When the second began, RFC 3339. */
  readonly at: string;
  readonly accepted: number;
  readonly refused: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

export const WINDOW_SECONDS = 300;

/** Bucket `n` ends at FIRST_BUCKET_MS × 2^((n + 1) / 6): a latency is told within 6 %, up to two minutes. */
const BUCKETS = 128;
const BUCKETS_PER_DOUBLING = 6;
const FIRST_BUCKET_MS = 0.05;
const SECOND_MS = 1000;

/**
 * The last five minutes second by second, in memory that never grows: counts, and a histogram of latencies for
 * each second. Every request passes here, so that noting one is a few additions.
 */
export class RecentTraffic {
  private readonly seconds = new Float64Array(WINDOW_SECONDS).fill(-1);
  private readonly accepted = new Uint32Array(WINDOW_SECONDS);
  private readonly refused = new Uint32Array(WINDOW_SECONDS);
  private readonly latencies = new Uint32Array(WINDOW_SECONDS * BUCKETS);
  private readonly firstSecond: number;

  constructor(private readonly clock: Clock) {
    this.firstSecond = this.currentSecond();
  }

  note({ accepted, refused, ms }: WriteOutcome): void {
    const slot = this.slotOf(this.currentSecond());
    this.accepted[slot]! += accepted;
    this.refused[slot]! += refused;
    if (accepted > 0) this.latencies[slot * BUCKETS + bucketOf(ms)]! += accepted;
  }

  /** One point for each whole second of the window in which this process ran, the oldest first. */
  points(): TrafficPoint[] {
    const current = this.currentSecond();
    const first = Math.max(current - WINDOW_SECONDS + 1, this.firstSecond);
    return Array.from({ length: Math.max(current - first, 0) }, (_, index) => this.pointAt(first + index));
  }

  private pointAt(second: number): TrafficPoint {
    const at = new Date(second * SECOND_MS).toISOString();
    const slot = second % WINDOW_SECONDS;
    if (this.seconds[slot] !== second) {
      return { at, accepted: 0, refused: 0, p50Ms: null, p95Ms: null, p99Ms: null };
    }
    const [p50Ms = null, p95Ms = null, p99Ms = null] = this.percentiles(slot, [0.5, 0.95, 0.99]);
    return { at, accepted: this.accepted[slot]!, refused: this.refused[slot]!, p50Ms, p95Ms, p99Ms };
  }

  /** `shares` must ascend. */
  private percentiles(slot: number, shares: readonly number[]): number[] {
    const total = this.accepted[slot]!;
    const found: number[] = [];
    let below = 0;
    for (let bucket = 0; bucket < BUCKETS && found.length < shares.length; bucket += 1) {
      below += this.latencies[slot * BUCKETS + bucket]!;
      while (found.length < shares.length && below > 0 && below >= shares[found.length]! * total) {
        found.push(middleOf(bucket));
      }
    }
    return found;
  }

  /** The slot of a second, emptied when it still held another one. */
  private slotOf(second: number): number {
    const slot = second % WINDOW_SECONDS;
    if (this.seconds[slot] !== second) {
      this.seconds[slot] = second;
      this.accepted[slot] = 0;
      this.refused[slot] = 0;
      this.latencies.fill(0, slot * BUCKETS, (slot + 1) * BUCKETS);
    }
    return slot;
  }

  private currentSecond(): number {
    return Math.floor(this.clock.now().getTime() / SECOND_MS);
  }
}

function bucketOf(ms: number): number {
  const bucket = Math.floor(Math.log2(ms / FIRST_BUCKET_MS) * BUCKETS_PER_DOUBLING);
  return Math.min(Math.max(bucket, 0), BUCKETS - 1);
}

function middleOf(bucket: number): number {
  return Number((FIRST_BUCKET_MS * 2 ** ((bucket + 0.5) / BUCKETS_PER_DOUBLING)).toPrecision(3));
}
