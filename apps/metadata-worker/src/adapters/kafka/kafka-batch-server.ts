import { once } from 'node:events';
import type { Batch, EachBatchPayload, Kafka } from 'kafkajs';
import { lastValueFrom } from 'rxjs';
import type { RawRecord, StreamPosition } from '@libs/domain';
import { bytesOf, toRawRecord } from '@libs/platform';
import { BatchAttempts } from '../../consumer/batch-attempts';
import { BatchContext, BatchTransport, partitionName } from '../../consumer/batch-transport';
import { messageParts, nextOffset, type PartLimits } from './fetched-batch';
import { GroupConsumer, type GroupTelemetry } from './group-consumer';
import { MustRejoin, type GroupSession } from './group-session';
import { InFlightBatches } from './in-flight-batches';

export interface KafkaBatchSettings extends PartLimits {
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
}

const CONCURRENT_PARTITIONS = 6;
/** Of `maxBytes`: what one fetch brings, and what may be worked on while the next is under way. */
const PARTS_PER_FETCH = 2;
const PARTS_AT_WORK = 4;
const never = (): boolean => false;
/** How long a batch waits for capacity before its partition is paused. */
const CAPACITY_WAIT_MS = 500;

/**
 * kafkajs as a Nest transport: whole batches, and commits of exactly what was processed. kafkajs fetches again as soon
 * as each batch is begun, so that the next ones lie ready when the database has taken these.
 */
export class KafkaBatchServer extends BatchTransport {
  private readonly inFlight: InFlightBatches;
  private readonly group: GroupConsumer;
  /** Of the session that is on. */
  private attempts: BatchAttempts;

  constructor(
    kafka: Kafka,
    private readonly settings: KafkaBatchSettings,
    telemetry: GroupTelemetry,
  ) {
    super();
    this.attempts = new BatchAttempts(telemetry.log);
    const { groupId, sessionTimeoutMs, maxBytes } = settings;
    this.inFlight = new InFlightBatches(maxBytes * PARTS_AT_WORK);
    this.group = new GroupConsumer(
      kafka,
      {
        groupId,
        sessionTimeoutMs,
        maxBytesPerPartition: maxBytes,
        maxBytes: maxBytes * PARTS_PER_FETCH,
        concurrentPartitions: CONCURRENT_PARTITIONS,
      },
      {
        telemetry,
        joined: () => {
          this.attempts = new BatchAttempts(telemetry.log);
        },
      },
    );
  }

  get failed(): Promise<Error> {
    return this.group.failed;
  }

  get unhealthyReason(): string | undefined {
    return this.group.unhealthyReason ?? this.attempts.unhealthyReason;
  }

  get silentMs(): number {
    return this.group.silentMs;
  }

  listen(callback: () => void): void {
    void this.group.consume([...this.messageHandlers.keys()], (...batch) => this.consume(...batch));
    callback();
  }

  /** Finishes and commits the parts that are under way. */
  async close(): Promise<void> {
    this.group.beginStop();
    await this.inFlight.allDone();
    await this.group.close();
  }

  override on(): never {
    throw new Error('this transport has no events of its own');
  }

  override unwrap(): never {
    throw new Error('this transport lends its client to nobody');
  }

  /** Resolves once the batch is begun, or its partition is paused; kafkajs then fetches on. */
  private async consume(payload: EachBatchPayload, session: GroupSession): Promise<void> {
    const { batch } = payload;
    session.throwRefusal();
    const name = partitionName(batch);
    const bytes = batch.messages.reduce((sum, message) => sum + bytesOf(message), 0);
    const hasCapacity = this.capacityFor(name, bytes);
    const { stopping } = this.group;
    const isReady = (): boolean => (stopping.aborted ? this.inFlight.isEmpty : hasCapacity());
    if (!isReady()) await session.keepAlive(payload, () => this.waitUntil(isReady));
    if (session.isOver) throw new MustRejoin();
    if (this.group.isPaused(batch)) return;
    if (session.isEnding || !hasCapacity()) {
      this.group.pause(batch, session.isEnding ? never : hasCapacity);
      return;
    }
    payload.resolveOffset(batch.messages.at(-1)!.offset);
    session.commitWith(payload);
    const { attempts } = this;
    this.inFlight.start(name, bytes, () => this.work(batch, session, attempts));
  }

  /** Not for long, since kafkajs fetches nothing of any partition meanwhile; at a stop until all work has ended. */
  private async waitUntil(isReady: () => boolean): Promise<void> {
    const { stopping } = this.group;
    const timeout = AbortSignal.timeout(CAPACITY_WAIT_MS);
    const isOver = once(timeout, 'abort');
    while (!isReady() && (stopping.aborted || !timeout.aborted)) {
      const anyDone = this.inFlight.anyDone();
      await (timeout.aborted ? anyDone : Promise.race([anyDone, isOver]));
    }
  }

  /** Made apart from a batch, which it would hold in memory. */
  private capacityFor(name: string, bytes: number): () => boolean {
    return () => this.inFlight.hasCapacityFor(name, bytes);
  }

  /** Part after part, until the session ends: whoever has the partition then reads from the committed offset on. */
  private async work(batch: Batch, session: GroupSession, attempts: BatchAttempts): Promise<void> {
    const { topic, partition } = batch;
    for (const part of messageParts(batch.messages, this.settings)) {
      if (session.isEnding) return;
      const records = part.map((message) => toRawRecord(topic, partition, message));
      const result = await attempts.attempt(records, (attempt) => this.handle(topic, records, attempt));
      if (result.kind === 'stop') {
        this.group.beginStop();
        this.group.fail(result.error);
        return;
      }
      if (result.kind === 'retry') {
        this.retryLater(records[0]!.position, session, result.backoffMs);
        return;
      }
      session.commitSoon({ topic, partition, offset: nextOffset(batch, part.at(-1)!.offset) });
    }
  }

  /** The partition is paused and nothing of it is kept, so that the others go on meanwhile. */
  private retryLater(position: StreamPosition, session: GroupSession, backoffMs: number): void {
    if (!session.isEnding) this.group.pause(position, after(backoffMs), position.offset);
  }

  private async handle(topic: string, records: readonly RawRecord[], attempt: number): Promise<void> {
    const handler = this.getHandlerByPattern(topic);
    if (!handler) throw new Error(`no handler for topic ${topic}`);
    const result: unknown = await handler(records, new BatchContext([attempt]));
    await lastValueFrom(this.transformToObservable(result), { defaultValue: undefined });
  }
}

/** True once so much time has passed. */
function after(ms: number): () => boolean {
  const atMs = performance.now() + ms;
  return () => performance.now() >= atMs;
}
