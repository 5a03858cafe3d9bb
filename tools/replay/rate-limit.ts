import { setTimeout as sleepFor } from 'node:timers/promises';

/** Lets records pass at no more than so many a second, evenly, without saving up for a burst. */
export class RateLimit {
  private freeAtMs = -Infinity;

  constructor(
    readonly perSecond: number,
    private readonly nowMs: () => number = () => performance.now(),
    private readonly sleep: (ms: number) => Promise<unknown> = sleepFor,
  ) {}

  /** Waits until `count` more may pass. */
  async pass(count: number): Promise<void> {
    const waitMs = this.freeAtMs - this.nowMs();
    if (waitMs > 0) await this.sleep(waitMs);
    this.freeAtMs = Math.max(this.freeAtMs, this.nowMs()) + (count * 1_000) / this.perSecond;
  }
}
