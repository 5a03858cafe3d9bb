import { setTimeout as sleep } from 'node:timers/promises';
import type { EachBatchPayload } from 'kafkajs';

const HEARTBEAT_MS = 1_000;

/** Keeps the group membership alive while a batch is worked on, and knows when it is lost. */
export class Membership {
  private lost: unknown;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly payload: EachBatchPayload,
    private readonly stopping: AbortSignal,
  ) {
    this.timer = setInterval(() => {
      payload.heartbeat().catch((error: unknown) => (this.lost ??= error));
    }, HEARTBEAT_MS);
  }

  get holds(): boolean {
    return (
      this.lost === undefined && this.payload.isRunning() && !this.payload.isStale() && !this.stopping.aborted
    );
  }

  /**
   * True while offsets of settled records may be committed; a stop in progress is no obstacle.
   *
   * @throws what the heartbeat was refused with: kafkajs rejoins the group on it
   */
  confirm(): boolean {
    if (this.lost !== undefined) throw this.lost as Error;
    return !this.payload.isStale();
  }

  async wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping }).catch(() => undefined);
  }

  end(): void {
    clearInterval(this.timer);
  }
}
