import { HOUR_MS, hourOf } from '../model/hourly-figures';
import { Clock } from '../ports/clock';
import { HourlyRollups } from '../ports/hourly-figures';
import { StoreOutcome } from '../ports/event-stores';

const DAY_MS = 24 * HOUR_MS;
/** How far back a sweep looks for what a killed worker left, and how often it does. */
const SWEPT_HOURS = 48;
const SWEEP_EVERY_MS = HOUR_MS;

export interface RollUpSettings {
  /** After this time a run comes to its end. */
  readonly sliceMs: number;
  /** Documents are removed this long after they were accepted; without it they are kept. */
  readonly retentionDays?: number | undefined;
}

/** Keeps the hourly figures up with the documents: notes which hours changed and recounts those. */
export class RollUpHours {
  /** Hours by start, in milliseconds. Captures lie between 2000 and tomorrow: at most some 240,000 numbers. */
  private readonly touched = new Set<number>();
  private readonly swept = new Set<number>();
  private sweptAtMs = -Infinity;

  constructor(
    private readonly rollups: HourlyRollups,
    private readonly clock: Clock,
    private readonly settings: RollUpSettings,
  ) {}

  get hoursWaiting(): number {
    return this.touched.size + this.swept.size;
  }

  /** Notes what one record changed. Superseded ones count: the worker that stored them may have been killed. */
  noteOutcome(capturedAt: Date, outcome: StoreOutcome): void {
    if (outcome.kind !== 'stored' && outcome.kind !== 'superseded') return;
    this.touch(capturedAt);
    if (outcome.kind === 'stored' && outcome.replacedCapturedAt) this.touch(outcome.replacedCapturedAt);
  }

  /**
   * Recounts hours that were touched, longest waiting first, then those of the sweep: at least one of each, until
   * the slice is over or another process holds the roll-ups. A sweep is due at the first run and once an hour.
   *
   * @throws StoreUnavailable — the hours not done keep waiting
   */
  async run(): Promise<void> {
    const startedMs = this.nowMs();
    const endsMs = startedMs + this.settings.sliceMs;
    if (startedMs - this.sweptAtMs >= SWEEP_EVERY_MS) this.sweep(startedMs);
    if (await this.recountSome(this.touched, endsMs)) await this.recountSome(this.swept, endsMs);
  }

  /** The last run of a process: what it touched and nobody else knows of; @throws StoreUnavailable */
  async finish(): Promise<void> {
    await this.recountSome(this.touched, Infinity);
  }

  private touch(instant: Date): void {
    this.touched.add(hourOf(instant).getTime());
  }

  private sweep(nowMs: number): void {
    for (let back = 0; back <= SWEPT_HOURS; back++) {
      this.swept.add(hourOf(new Date(nowMs - back * HOUR_MS)).getTime());
    }
    this.sweptAtMs = nowMs;
  }

  /** Answers false when another process holds the roll-ups. */
  private async recountSome(hours: Set<number>, endsMs: number): Promise<boolean> {
    for (const hour of [...hours]) {
      if (isPastRetention(new Date(hour), this.clock.now(), this.settings.retentionDays)) hours.delete(hour);
      else if (!(await this.recount(hour, hours))) return false;
      if (this.nowMs() >= endsMs) return true;
    }
    return true;
  }

  private async recount(hour: number, hours: Set<number>): Promise<boolean> {
    // Before the documents are read: what is stored from then on must wait for the next time.
    hours.delete(hour);
    let isDone = false;
    try {
      isDone = (await this.rollups.recount(new Date(hour))).kind === 'done';
    } finally {
      if (!isDone) hours.add(hour);
    }
    return isDone;
  }

  private nowMs(): number {
    return this.clock.now().getTime();
  }
}

/**
 * True when documents of the hour may have been removed already, with an hour to spare: its figures stay as they
 * are, or deletion would shrink them.
 */
export function isPastRetention(hour: Date, now: Date, retentionDays: number | undefined): boolean {
  return retentionDays !== undefined && hour.getTime() < now.getTime() - retentionDays * DAY_MS + HOUR_MS;
}
