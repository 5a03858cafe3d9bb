import { randomUUID } from 'node:crypto';
import type { Admin, Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import type { RawRecord } from '@libs/domain';
import { toRawRecord } from '@libs/platform/kafka/raw-record';
import { heldOffsets, type OffsetRange } from './offset-ranges';
import { ReplayError } from './replay-error';

const partitionFetchBytes = 2 * 1024 * 1024;
const fetchBytes = 8 * 1024 * 1024;
const heartbeatMs = 3_000;
const idleCheckMs = 2_000;
const longestIdleMs = 60_000;

export interface RangesToRead {
  readonly topic: string;
  readonly ranges: readonly OffsetRange[];
  readonly signal: AbortSignal;
  /** What its consumer group's name begins with. */
  readonly groupPrefix?: string;
}

/** Takes records of one partition, in order; the next come when it resolves. */
export type TakeRecords = (records: readonly RawRecord[]) => Promise<void>;

/**
 * Reads offset ranges through a consumer group of its own, which commits nothing and is deleted afterwards; at
 * most one fetch of records is held. Answers how many offsets expired before they were read.
 *
 * @throws what `take` throws, and what kafkajs gives up with
 */
export async function readRanges(kafka: Kafka, asked: RangesToRead, take: TakeRecords): Promise<bigint> {
  const admin = kafka.admin();
  await admin.connect();
  const groupId = `${asked.groupPrefix ?? 'replay'}-${randomUUID()}`;
  try {
    const reading = new RangeReading(kafka, admin, { ...asked, groupId, take });
    return await reading.run();
  } finally {
    await admin.deleteGroups([groupId]).catch(() => undefined); // an empty group goes by itself, only later
    await admin.disconnect();
  }
}

interface Progress {
  next: bigint;
  readonly to: bigint;
}

class RangeReading {
  private readonly consumer: Consumer;
  private readonly open: Map<number, Progress>;
  private readonly over = Promise.withResolvers<undefined>();
  private expired = 0n;
  private lastRecordsAtMs = performance.now();
  private isTaking = false;
  private isOver = false;

  constructor(
    kafka: Kafka,
    private readonly admin: Admin,
    private readonly asked: RangesToRead & { readonly groupId: string; readonly take: TakeRecords },
  ) {
    const filled = asked.ranges.filter(({ from, to }) => from < to);
    this.open = new Map(filled.map(({ partition, from, to }) => [partition, { next: from, to }]));
    this.consumer = kafka.consumer({
      groupId: asked.groupId,
      allowAutoTopicCreation: false,
      maxBytesPerPartition: partitionFetchBytes,
      maxBytes: fetchBytes,
      maxWaitTimeInMs: 500,
      retry: { retries: 8, initialRetryTime: 200, restartOnFailure: () => Promise.resolve(false) },
    });
    this.over.promise.catch(() => undefined); // it may fail before anybody waits for it
  }

  async run(): Promise<bigint> {
    const { topic, signal } = this.asked;
    if (this.open.size === 0 || signal.aborted) return 0n;
    signal.addEventListener('abort', this.stop);
    const { events } = this.consumer;
    this.consumer.on(events.GROUP_JOIN, ({ payload }) => {
      this.seek(payload.memberAssignment[topic] ?? []);
    });
    this.consumer.on(events.CRASH, ({ payload }) => {
      this.fail(payload.error);
    });
    this.consumer.on(events.END_BATCH_PROCESS, ({ payload: { partition, batchSize, lastOffset } }) => {
      // Nothing but marks or aborted records: kafkajs moves on without a word to us.
      if (batchSize === 0) this.advance(partition, BigInt(lastOffset) + 1n);
    });
    const idleCheck = setInterval(() => void this.checkIdle(), idleCheckMs);
    try {
      await this.consumer.connect();
      await this.consumer.subscribe({ topic, fromBeginning: true });
      await this.consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.consume(payload),
      });
      await this.over.promise;
      return this.expired;
    } finally {
      signal.removeEventListener('abort', this.stop);
      clearInterval(idleCheck);
      await this.consumer.disconnect();
    }
  }

  private readonly stop = (): void => {
    this.isOver = true;
    this.over.resolve(undefined);
  };

  private fail(error: unknown): void {
    this.isOver = true;
    this.over.reject(error);
  }

  /** After each join and before its first fetch: nothing is committed, so the group itself knows no position. */
  private seek(assigned: readonly number[]): void {
    const { topic } = this.asked;
    for (const [partition, { next }] of this.open) {
      this.consumer.seek({ topic, partition, offset: String(next) });
    }
    this.consumer.pause([{ topic, partitions: assigned.filter((one) => !this.open.has(one)) }]);
  }

  private async consume(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const range = this.open.get(batch.partition);
    if (range === undefined || this.isOver) return;
    this.isTaking = true;
    const heartbeat = setInterval(() => {
      payload.heartbeat().catch(() => undefined); // a lost membership shows at the next fetch
    }, heartbeatMs);
    try {
      await this.noteGap(batch, range.next);
      const isWanted = ({ offset }: KafkaMessage): boolean =>
        BigInt(offset) >= range.next && BigInt(offset) < range.to;
      const records = batch.messages.filter(isWanted);
      if (records.length > 0) {
        await this.asked.take(records.map((one) => toRawRecord(batch.topic, batch.partition, one)));
      }
    } catch (error) {
      this.fail(error);
      return;
    } finally {
      clearInterval(heartbeat);
      this.isTaking = false;
      this.lastRecordsAtMs = performance.now();
    }
    payload.resolveOffset(batch.lastOffset());
    this.advance(batch.partition, BigInt(batch.lastOffset()) + 1n);
  }

  private advance(partition: number, next: bigint): void {
    const range = this.open.get(partition);
    if (range === undefined) return;
    this.lastRecordsAtMs = performance.now();
    range.next = next;
    if (next >= range.to) this.close(partition);
  }

  /** Retention may overtake a slow reading; that is told, not jumped over. */
  private async noteGap(
    { topic, partition, messages }: EachBatchPayload['batch'],
    next: bigint,
  ): Promise<void> {
    if (BigInt(messages[0]?.offset ?? next) <= next) return;
    const [held] = (await heldOffsets(this.admin, topic)).filter((one) => one.partition === partition);
    if (held !== undefined && held.low > next) this.expired += held.low - next;
  }

  /** Partitions of which all that was left expired send nothing any more. */
  private async checkIdle(): Promise<void> {
    const idleMs = performance.now() - this.lastRecordsAtMs;
    if (this.isTaking || idleMs < idleCheckMs) return;
    if (idleMs > longestIdleMs) {
      const open = [...this.open].map(([partition, { next }]) => `${partition} at ${next}`).join(', ');
      this.fail(
        new ReplayError(
          `Kafka sent no records of ${this.asked.topic} for ${longestIdleMs / 1_000} s (partition ${open}).`,
          'See whether all partitions have a leader.',
        ),
      );
      return;
    }
    try {
      for (const { partition, low } of await heldOffsets(this.admin, this.asked.topic)) {
        const range = this.open.get(partition);
        if (range === undefined || low < range.to) continue;
        this.expired += range.to - range.next;
        this.close(partition);
      }
    } catch {
      // The consumer itself gives up on a broker that does not come back.
    }
  }

  private close(partition: number): void {
    this.open.delete(partition);
    this.consumer.pause([{ topic: this.asked.topic, partitions: [partition] }]);
    if (this.open.size === 0) this.stop();
  }
}
