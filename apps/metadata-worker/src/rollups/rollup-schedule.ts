import { setTimeout as sleep } from 'node:timers/promises';
import type { RollUpHours } from '@libs/domain';
import type { RollupTelemetry } from './rollup-telemetry';

/** The wait after a run is at least this many times its length: a tenth of the time goes into runs. */
const REST_FACTOR = 9;
/** How long the stop waits for a last run; what it leaves is found by the sweep after the next start. */
const LAST_RUN_MS = 2_000;

/** Runs RollUpHours again and again, first a tenth of the interval after the start. */
export class RollupSchedule {
  private readonly stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly rollUpHours: RollUpHours,
    private readonly intervalMs: number,
    private readonly telemetry: RollupTelemetry,
  ) {}

  start(): void {
    this.loop = this.runForEver();
  }

  /** Once nothing more is stored: a last run for what was touched, given up when it takes too long. */
  async stop(): Promise<void> {
    this.stopping.abort();
    const lastRun = this.loop.then(() => this.tell(this.rollUpHours.finish()));
    await Promise.race([lastRun, sleep(LAST_RUN_MS, undefined, { ref: false })]);
  }

  private async runForEver(): Promise<void> {
    const { signal } = this.stopping;
    let restMs = this.intervalMs / 10;
    for (;;) {
      await sleep(restMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const tookMs = await this.tell(this.rollUpHours.run());
      // Workers that started together would else meet at the same lock every time.
      restMs = Math.max(this.intervalMs, REST_FACTOR * tookMs) * (1 + Math.random() / 10);
    }
  }

  /** Answers how long the run took, in milliseconds. */
  private async tell(run: Promise<void>): Promise<number> {
    const startedAt = performance.now();
    await run.catch((error: unknown) => {
      this.telemetry.failed(error);
    });
    const tookMs = performance.now() - startedAt;
    this.telemetry.ended(tookMs, this.rollUpHours.hoursWaiting);
    return tookMs;
  }
}
