import { ReadsOverloaded, ReadTimeout, type Reader } from '@libs/domain';

export interface SlotSettings {
  /** Pieces of work at one time. */
  readonly running: number;
  /** Pieces of work that wait for a slot. */
  readonly waiting: number;
}

/** The part of the slots that is kept for keys that have none. */
const RESERVED_PART = 1 / 4;

interface Waiting {
  readonly start: () => void;
  readonly refuse: (error: Error) => void;
}

/** What one key has running and waiting. */
interface Share {
  readonly keyId: string | null;
  running: number;
  /** The first to come in front. */
  readonly queue: Waiting[];
}

/**
 * Bounds how much work runs and waits at one time, and shares both between keys. However much one key asks, it leaves
 * some slots free, which a key with nothing running takes at once; where several keys have taken all, that key is the
 * next to have one. Keys that ask without a pause come to hold as many slots each, and so the same time, however long
 * each piece of work takes.
 */
export class ReadSlots {
  private free: number;
  private readonly reserved: number;
  private waiting = 0;
  /** Of the keys that have work running or waiting; the one that had a slot last comes last. */
  private readonly shares = new Map<string | null, Share>();

  constructor(private readonly settings: SlotSettings) {
    this.free = settings.running;
    this.reserved = Math.ceil(settings.running * RESERVED_PART);
  }

  /**
   * Runs `work` as soon as there is a slot for it.
   *
   * @throws ReadsOverloaded where too many wait, most of them of this key; ReadTimeout when no slot became free within
   * `timeoutMs`
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

  /** Refuses the newest of the key that has the most waiting, which is `newest` itself unless another has more. */
  private refuseOne(newest: Share): void {
    let most = newest;
    for (const share of this.shares.values()) if (share.queue.length > most.queue.length) most = share;
    most.queue.at(-1)?.refuse(new ReadsOverloaded());
  }

  private forget({ keyId, running, queue }: Share): void {
    if (running === 0 && queue.length === 0) this.shares.delete(keyId);
  }
}
