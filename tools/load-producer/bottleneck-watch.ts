import { performance } from 'node:perf_hooks';
import { bottleneckOf, type Bottleneck, type Second } from './bottleneck';

const WARN_EVERY_MS = 15_000;
const INTERVAL_MS = 1_000;

type Look = () => Pick<Second, 'waiting' | 'idleConnections'>;

/** Looks once a second at what holds records back, and warns while that is this producer. */
export class BottleneckWatch {
  readonly seconds: Record<Bottleneck | 'none', number> = { producer: 0, connections: 0, none: 0 };
  /** How far behind its own schedule the producer was at most; latencies contain it. */
  maxLatenessMs = 0;
  private latenessMs = 0;
  private before: Second | undefined;
  private warnedAtMs = -Infinity;
  private timer: NodeJS.Timeout | undefined;

  /** @param utilization the share of the time since it was last asked that the event loop was at work */
  constructor(
    private readonly warn: (text: string) => void,
    private readonly utilization = loopUtilization(),
  ) {}

  start(look: Look): void {
    this.utilization();
    this.timer = setInterval(() => {
      this.sample(look());
    }, INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** A record was seen to arrive this much after it was due. */
  noteLateness(ms: number): void {
    this.latenessMs = Math.max(this.latenessMs, ms);
    this.maxLatenessMs = Math.max(this.maxLatenessMs, ms);
  }

  private sample(line: ReturnType<Look>): void {
    const second = { ...line, utilization: this.utilization(), latenessMs: this.latenessMs };
    const found = bottleneckOf(second, this.before);
    this.before = second;
    this.latenessMs = 0;
    this.seconds[found ?? 'none'] += 1;
    if (found !== 'producer' || performance.now() - this.warnedAtMs < WARN_EVERY_MS) return;
    this.warnedAtMs = performance.now();
    const busy = (100 * second.utilization).toFixed(0);
    this.warn(
      `the producer is the bottleneck, not the server: its event loop is ${busy} % busy and ` +
        `${second.latenessMs.toFixed(0)} ms behind its schedule. Lower --rate, raise --batch, or run several of it.`,
    );
  }
}

function loopUtilization(): () => number {
  let since = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, since);
    since = now;
    return utilization;
  };
}
