import type { EachBatchPayload } from 'kafkajs';

const HEARTBEAT_MS = 1_000;

/** Keeps the group membership alive while kafkajs is kept waiting, and knows when it is lost. */
export class Membership {
  private readonly loss = Promise.withResolvers<never>();
  private readonly timer: NodeJS.Timeout;

  constructor(payload: EachBatchPayload) {
    this.timer = setInterval(() => {
      payload.heartbeat().catch(this.loss.reject);
    }, HEARTBEAT_MS);
    this.loss.promise.catch(() => undefined);
  }

  /** Rejects with what a heartbeat was refused with: kafkajs joins the group again on it. */
  get lost(): Promise<never> {
    return this.loss.promise;
  }

  end(): void {
    clearInterval(this.timer);
  }
}
