import { setTimeout as sleep } from 'node:timers/promises';
import type { RenewableTenure } from '../../archive/archivist';

/**
 * One generation of the group, held as long as the broker confirms it: when no heartbeat was answered for so long
 * that the broker may be about to give the partitions away, it does not hold until the next one is.
 */
export class GroupTenure implements RenewableTenure {
  private lease = new AbortController();
  private heldUntilMs = 0;
  private expiry: NodeJS.Timeout | undefined;
  private readonly over = new AbortController();

  constructor(
    private readonly leaseMs: number,
    private readonly stopping: AbortSignal,
  ) {
    this.renew();
  }

  get holds(): boolean {
    return !this.isOver && performance.now() < this.heldUntilMs;
  }

  get isOver(): boolean {
    return this.over.signal.aborted;
  }

  get signal(): AbortSignal {
    return this.lease.signal;
  }

  /** The broker answered a heartbeat. */
  renew(): void {
    if (this.isOver) return;
    this.heldUntilMs = performance.now() + this.leaseMs;
    if (this.lease.signal.aborted) this.lease = new AbortController();
    clearTimeout(this.expiry);
    this.expiry = setTimeout(() => {
      this.lease.abort();
    }, this.leaseMs).unref();
  }

  end(): void {
    clearTimeout(this.expiry);
    this.over.abort();
    this.lease.abort();
  }

  async retryAfter(ms: number): Promise<boolean> {
    const signal = AbortSignal.any([this.over.signal, this.stopping]);
    await sleep(ms, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  }
}
