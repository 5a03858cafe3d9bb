import { PublishQueueFull, PublishTimeout, type StreamPosition } from '@libs/domain';
import type { ByteBudget } from '../../byte-budget';

export interface PublishQueueSettings {
  /** How long a caller waits for the broker's acknowledgement. */
  readonly timeoutMs: number;
}

/** Sends a batch; for each record, in order, its position, or why it is not known to be on the topic. */
export type SendBatch<Message> = (
  messages: readonly Message[],
) => Promise<readonly (StreamPosition | Error)[]>;

interface Waiting<Message> {
  readonly message: Message;
  readonly bytes: number;
  readonly deadlineMs: number;
  readonly resolve: (position: StreamPosition) => void;
  readonly reject: (error: Error) => void;
  expired: boolean;
}

const MAX_IN_FLIGHT = 16;
const MAX_BATCH_RECORDS = 64;
/** A broker takes record batches up to message.max.bytes, 1 MiB by default. */
const MAX_BATCH_BYTES = 512 * 1024;

/**
 * Gathers records that arrive while sends are under way into batches, and bounds what waits in bytes, together with
 * the other queues of the same budget, and in time.
 * Without load a record leaves at once; under load the batches grow by themselves.
 */
export class PublishQueue<Message> {
  private waiting: Waiting<Message>[] = [];
  private readonly inFlight = new Set<readonly Waiting<Message>[]>();
  private heldBytes = 0;
  private isScheduled = false;
  /** One for all records: to set one for each costs more than to look through them when it is over. */
  private timer: NodeJS.Timeout | undefined;
  private onIdle: (() => void) | undefined;

  constructor(
    private readonly send: SendBatch<Message>,
    private readonly settings: PublishQueueSettings,
    private readonly budget: ByteBudget,
  ) {}

  /** Bytes that wait or are under way. */
  get bytes(): number {
    return this.heldBytes;
  }

  /** @throws PublishQueueFull, PublishTimeout, or what the send throws */
  submit(message: Message, bytes: number): Promise<StreamPosition> {
    if (!this.budget.hold(bytes)) return Promise.reject(new PublishQueueFull(this.budget.maxBytes));
    this.heldBytes += bytes;
    const deadlineMs = performance.now() + this.settings.timeoutMs;
    this.watchDeadlines(deadlineMs);
    this.schedule();
    return new Promise((resolve, reject) => {
      this.waiting.push({ message, bytes, deadlineMs, resolve, reject, expired: false });
    });
  }

  /** Resolves once nothing waits and nothing is under way. */
  async drain(): Promise<void> {
    if (this.heldBytes === 0) return;
    await new Promise<void>((resolve) => (this.onIdle = resolve));
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    // After the current burst of socket reads, so that one burst becomes one batch.
    setImmediate(() => {
      this.isScheduled = false;
      this.dropExpired();
      while (this.inFlight.size < MAX_IN_FLIGHT && this.waiting.length > 0) void this.sendNext();
    });
  }

  private watchDeadlines(nextMs: number): void {
    this.timer ??= setTimeout(
      () => {
        this.timer = undefined;
        this.expire(performance.now());
      },
      Math.ceil(nextMs - performance.now()),
    ).unref(); // what waits for Kafka keeps the process anyway
  }

  /** Tells the callers whose time is over; the others' is watched on. */
  private expire(nowMs: number): void {
    let nextMs = Infinity;
    for (const records of [...this.inFlight, this.waiting]) {
      for (const record of records) {
        if (record.expired) continue;
        if (record.deadlineMs > nowMs) {
          nextMs = Math.min(nextMs, record.deadlineMs);
          break; // the later ones of a batch came later
        }
        record.expired = true;
        record.reject(new PublishTimeout(this.settings.timeoutMs));
      }
    }
    if (nextMs < Infinity) this.watchDeadlines(nextMs);
    this.schedule();
  }

  private async sendNext(): Promise<void> {
    const batch = this.takeBatch();
    this.inFlight.add(batch);
    try {
      await this.sendTogether(batch);
    } finally {
      this.inFlight.delete(batch);
      this.release(batch);
      if (this.waiting.length > 0) this.schedule();
      this.tellIdle();
    }
  }

  /** Nobody waits any more for these, and others may hold their bytes. All wait equally long: oldest first. */
  private dropExpired(): void {
    const alive = this.waiting.findIndex(({ expired }) => !expired);
    const dropped = this.waiting.splice(0, alive === -1 ? this.waiting.length : alive);
    this.release(dropped);
    this.tellIdle();
  }

  private release(records: readonly Waiting<Message>[]): void {
    for (const { bytes } of records) {
      this.heldBytes -= bytes;
      this.budget.release(bytes);
    }
  }

  private tellIdle(): void {
    if (this.heldBytes === 0) this.onIdle?.();
  }

  private async sendTogether(batch: readonly Waiting<Message>[]): Promise<void> {
    try {
      const outcomes = await this.send(batch.map(({ message }) => message));
      batch.forEach(({ resolve, reject }, index) => {
        const outcome = outcomes[index]!;
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error as Error);
    }
  }

  private takeBatch(): Waiting<Message>[] {
    let bytes = 0;
    let count = 0;
    for (const record of this.waiting) {
      bytes += record.bytes;
      if (count > 0 && (bytes > MAX_BATCH_BYTES || count >= MAX_BATCH_RECORDS)) break;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }
}
