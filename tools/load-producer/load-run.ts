import type { Arrivals } from './arrivals';
import type { BottleneckWatch } from './bottleneck-watch';
import type { Tally } from './tally';
import { WaitingLine } from './waiting-line';

const LONGEST_SLEEP_MS = 100;

export interface RunTerms {
  /** Records of one request, at most. */
  readonly batch: number;
  /** How long a record waits for its batch to fill. */
  readonly lingerMs: number;
  readonly connections: number;
  readonly maxWaiting: number;
}

export interface RunParts {
  readonly arrivals: Arrivals;
  /** Resolves once the records are done with, and never rejects. */
  readonly deliver: (indices: readonly number[]) => Promise<void>;
  readonly tally: Tally;
  readonly watch: BottleneckWatch;
}

/**
 * Open-loop load: records arrive by their schedule and wait for a connection; a server that answers slowly delays
 * none of the arrivals, and latencies count from them.
 */
export class LoadRun {
  private readonly line: WaitingLine;
  private readonly over = Promise.withResolvers<undefined>();
  private idle: number;
  private arrived = 0;
  private isStopping = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly parts: RunParts,
    private readonly terms: RunTerms,
  ) {
    this.line = new WaitingLine(terms.maxWaiting);
    this.idle = terms.connections;
  }

  get waiting(): number {
    return this.line.length;
  }

  get idleConnections(): number {
    return this.idle;
  }

  /** How many records have arrived. */
  get arrivals(): number {
    return this.arrived;
  }

  /** Resolves once all that arrived is done with; after `stop` what only waited is left unsent. */
  async run(stop: AbortSignal): Promise<void> {
    const stopNow = (): void => {
      this.isStopping = true;
      this.parts.tally.leftUnsent += this.line.take(Infinity).length;
      this.advance();
    };
    if (stop.aborted) stopNow();
    stop.addEventListener('abort', stopNow);
    this.parts.watch.start(() => ({ waiting: this.waiting, idleConnections: this.idle }));
    this.wake();
    await this.over.promise;
    stop.removeEventListener('abort', stopNow);
    this.parts.watch.stop();
    clearTimeout(this.timer);
  }

  private wake(): void {
    this.advance();
    this.timer = setTimeout(() => {
      this.wake();
    }, this.sleepMs());
  }

  private sleepMs(): number {
    const { arrivals } = this.parts;
    const { first } = this.line;
    const nextMs = this.hasAllArrived() ? Infinity : arrivals.dueAtMs(this.arrived);
    const fullMs = first === undefined ? Infinity : arrivals.dueAtMs(first) + this.terms.lingerMs;
    return Math.min(LONGEST_SLEEP_MS, Math.max(1, Math.ceil(Math.min(nextMs, fullMs) - performance.now())));
  }

  private advance(): void {
    this.admit();
    while (this.idle > 0 && this.isBatchReady()) {
      this.idle -= 1;
      void this.parts.deliver(this.line.take(this.terms.batch)).then(() => {
        this.idle += 1;
        this.advance();
      });
    }
    if (this.hasAllArrived() && this.line.length === 0 && this.idle === this.terms.connections) {
      this.over.resolve(undefined);
    }
  }

  private admit(): void {
    if (this.hasAllArrived()) return;
    const { arrivals, tally, watch } = this.parts;
    const nowMs = performance.now();
    const arrived = arrivals.arrivedBy(nowMs, this.idle * this.terms.batch - this.line.length);
    if (arrived > this.arrived) watch.noteLateness(nowMs - arrivals.dueAtMs(this.arrived));
    for (; this.arrived < arrived; this.arrived++) if (!this.line.push(this.arrived)) tally.neverSent += 1;
  }

  private isBatchReady(): boolean {
    const { batch, lingerMs } = this.terms;
    const { first, length } = this.line;
    if (first === undefined) return false;
    if (length >= batch || this.hasAllArrived()) return true;
    return this.parts.arrivals.dueAtMs(first) + lingerMs <= performance.now();
  }

  private hasAllArrived(): boolean {
    return this.isStopping || this.arrived >= this.parts.arrivals.count;
  }
}
