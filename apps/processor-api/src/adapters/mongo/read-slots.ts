import { ReadsOverloaded, ReadTimeout } from '@libs/domain';

export interface SlotSettings {
  /** Pieces of work at one time. */
  readonly running: number;
  /** Pieces of work that wait for a slot. */
  readonly waiting: number;
}

/** Bounds how much work runs and waits at one time; the first to come is the first to go. */
export class ReadSlots {
  private running = 0;
  private readonly queue: (() => void)[] = [];

  constructor(private readonly settings: SlotSettings) {}

  /**
   * Runs `work` as soon as there is a slot for it.
   *
   * @throws ReadsOverloaded at once where too many wait; ReadTimeout when none became free within `timeoutMs`
   */
  async run<T>(work: () => Promise<T>, timeoutMs: number): Promise<T> {
    if (this.running >= this.settings.running) await this.turn(timeoutMs);
    else this.running += 1;
    try {
      return await work();
    } finally {
      this.release();
    }
  }

  private turn(timeoutMs: number): Promise<void> {
    if (this.queue.length >= this.settings.waiting) return Promise.reject(new ReadsOverloaded());
    return new Promise((resolve, reject) => {
      const start = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.queue.splice(this.queue.indexOf(start), 1);
        reject(new ReadTimeout(timeoutMs));
      }, timeoutMs);
      this.queue.push(start);
    });
  }

  /** Hands the slot on; it is never free while somebody waits. */
  private release(): void {
    const next = this.queue.shift();
    if (next) next();
    else this.running -= 1;
  }
}
