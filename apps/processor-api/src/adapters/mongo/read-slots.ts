import { ReadsOverloaded, ReadTimeout, type Reader } from '@libs/domain';

export interface SlotSettings {
  /** Pieces of work at one time. */
  readonly running: number;
  /** Pieces of work that wait for a slot. */
  readonly waiting: number;
}

/** Of the slots, the part that only keys may take that have none: who floods the others finds these closed. */
const RESERVED_PART = 1 / 4;

interface Waiting {
  readonly start: () => void;
  readonly refuse: (error: Error) => void;
}

/** What one key has under way. */
interface Share {
  readonly keyId: string | null;
  running: number;
  /** The first to come in front. */
  readonly queue: Waiting[];
}

/**
 * Bounds how much work runs and waits at one time, and shares both between the keys: whatever one of them asks, another
 * that has nothing running is let in at once where a slot is free, and has the next one where none is. As many slots
 * are as much time, so that keys that always ask get the same time, however long each piece of work takes.
 */
export class ReadSlots {
  private free: number;
  private readonly reserved: number;
  private waiting = 0;
  /** Of the keys that have anything under way; who had a slot last comes last. */
  private readonly shares = new Map<string | null, Share>();

  constructor(private readonly settings: SlotSettings) {
    this.free = settings.running;
    this.reserved = Math.ceil(settings.running * RESERVED_PART);
  }

  /**
   * Runs `work` as soon as there is a slot for it.
   *
   * @throws ReadsOverloaded where too many wait and none of another key could give way; ReadTimeout when no slot became
   * free within `timeoutMs`
   */
  async run<T>({ keyId }: Reader, work: () => Promise<T>, timeoutMs: number): Promise<T> {
    const share = this.shares.get(keyId) ?? { keyId, running: 0, queue: [] };
    this.shares.set(keyId, share);
    if (share.queue.length === 0 && this.mayStart(share)) this.take(share);
    else await this.turn(share, timeoutMs);
    try {
      return await work();
    } finally {
      this.release(share);
    }
  }

  private mayStart({ running }: Share): boolean {
    return this.free > (running === 0 ? 0 : this.reserved);
  }

  private take(share: Share): void {
    share.running += 1;
    this.free -= 1;
  }

  /** Hands the slot on: to the key with the fewest running, of several to the one that waits longest. */
  private release(share: Share): void {
    share.running -= 1;
    this.free += 1;
    this.shares.delete(share.keyId);
    this.shares.set(share.keyId, share);
    let next: Share | undefined;
    for (const one of this.shares.values()) {
      if (one.queue.length === 0 || !this.mayStart(one)) continue;
      if (!next || one.running < next.running) next = one;
    }
    next?.queue[0]?.start();
    this.forget(share);
  }

  private turn(share: Share, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        share.queue.splice(share.queue.indexOf(waiting), 1);
        this.waiting -= 1;
      };
      const waiting: Waiting = {
        start: () => {
          leave();
          this.take(share);
          resolve();
        },
        refuse: (error) => {
          leave();
          this.forget(share);
          reject(error);
        },
      };
      const timer = setTimeout(() => {
        waiting.refuse(new ReadTimeout(timeoutMs));
      }, timeoutMs);
      share.queue.push(waiting);
      this.waiting += 1;
      if (this.waiting > this.settings.waiting) this.refuseOne(share);
    });
  }

  /** Refuses the newest of the key that lets most wait: one that comes takes the place of another key's, if any. */
  private refuseOne(newest: Share): void {
    let most = newest;
    for (const share of this.shares.values()) if (share.queue.length > most.queue.length) most = share;
    most.queue.at(-1)?.refuse(new ReadsOverloaded());
  }

  private forget({ keyId, running, queue }: Share): void {
    if (running === 0 && queue.length === 0) this.shares.delete(keyId);
  }
}
