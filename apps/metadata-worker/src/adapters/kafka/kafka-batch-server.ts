import { once } from 'node:events';
import type { EachBatchPayload, Kafka } from 'kafkajs';
import { lastValueFrom } from 'rxjs';
import type { PipelineError, RawRecord } from '@libs/domain';
import { bytesOf, toRawRecord, type Logger } from '@libs/platform';
import { backoffMs } from '../../consumer/backoff';
import { BatchContext, BatchTransport } from '../../consumer/batch-transport';
import type { OffsetJump } from '../../consumer/consumer-telemetry';
import { verdictOn } from '../../consumer/error-policy';
import { Generation, type CommitOffsets } from './generation';
import { GroupConsumer, nextOffset } from './group-consumer';
import { Membership } from './membership';
import { MustRejoin } from './must-rejoin';
import { messageParts, type PartLimits } from './message-parts';
import { PartitionLanes } from './partition-lanes';
import { placeOf } from './partition';

export interface KafkaBatchSettings extends PartLimits {
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
}

export interface KafkaBatchObserver {
  readonly log: Logger;
  readonly jumped: (jump: OffsetJump) => void;
}

const CONCURRENT_PARTITIONS = 6;
/** Of `maxBytes`: what one fetch brings, and what may be worked on while the next is under way. */
const PARTS_PER_FETCH = 2;
const PARTS_AT_WORK = 4;
const never = (): boolean => false;
/** How long a batch waits for room before its partition is paused. */
const ROOM_PATIENCE_MS = 500;

/**
 * kafkajs as a Nest transport: whole batches, and commits of exactly what was settled. kafkajs fetches again as soon as
 * each batch is begun, so that the next ones lie ready when the database has taken these.
 */
export class KafkaBatchServer extends BatchTransport {
  private readonly lanes: PartitionLanes;
  private generation: Generation | undefined;
  private readonly group: GroupConsumer;
  private readonly log: Logger;
  /** `topic/partition` → how often its next records were tried, and the code of what they wait for. */
  private readonly waiting = new Map<string, { readonly attempt: number; readonly code: string }>();

  constructor(
    kafka: Kafka,
    private readonly settings: KafkaBatchSettings,
    { log, jumped }: KafkaBatchObserver,
  ) {
    super();
    this.log = log;
    const { groupId, sessionTimeoutMs, maxBytes } = settings;
    this.lanes = new PartitionLanes(maxBytes * PARTS_AT_WORK);
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
        log,
        jumped,
        joined: () => {
          this.generation?.end();
          this.waiting.clear();
          this.generation = new Generation(this.group.stopping);
        },
        rebalancing: () => {
          this.generation?.endWithCommit();
        },
        left: () => {
          this.generation?.end();
        },
        confirmed: () => {
          this.generation?.commitSettled();
        },
      },
    );
  }

  get failed(): Promise<Error> {
    return this.group.failed;
  }

  get problem(): string | undefined {
    if (this.group.problem !== undefined) return this.group.problem;
    const [[place, waiting] = []] = this.waiting;
    return place && `${place} waits: ${waiting?.code}`;
  }

  get silentMs(): number {
    return this.group.silentMs;
  }

  listen(callback: () => void): void {
    void this.group.consume([...this.messageHandlers.keys()], (payload) => this.consume(payload));
    callback();
  }

  /** Finishes and commits the parts that are under way. */
  async close(): Promise<void> {
    this.group.beginStop();
    await this.lanes.idle();
    await this.generation?.committed();
    await this.group.close();
  }

  override on(): never {
    throw new Error('this transport has no events of its own');
  }

  override unwrap(): never {
    throw new Error('this transport lends its client to nobody');
  }

  /** Resolves once the batch is begun, or its partition is paused; kafkajs then fetches on. */
  private async consume(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const generation = this.generation!;
    generation.throwRefusal();
    const place = placeOf(batch);
    const bytes = batch.messages.reduce((sum, message) => sum + bytesOf(message), 0);
    const hasRoom = this.roomFor(place, bytes);
    await this.waitFor(hasRoom, payload);
    if (generation.isOver) throw new MustRejoin();
    if (this.group.isPaused(batch)) return;
    if (generation.isEnding || !hasRoom()) {
      this.group.pause(batch, generation.isEnding ? never : hasRoom);
      return;
    }
    payload.resolveOffset(batch.messages.at(-1)!.offset);
    this.lanes.begin(place, bytes, () => this.work(payload, generation));
  }

  /** Not for long, since kafkajs fetches nothing of any partition meanwhile; at a stop until all work has ended. */
  private async waitFor(hasRoom: () => boolean, payload: EachBatchPayload): Promise<void> {
    const { stopping } = this.group;
    const isReady = (): boolean => (stopping.aborted ? this.lanes.isIdle : hasRoom());
    if (isReady()) return;
    const membership = new Membership(payload);
    const patience = AbortSignal.timeout(ROOM_PATIENCE_MS);
    const isOver = once(patience, 'abort');
    try {
      while (!isReady() && (stopping.aborted || !patience.aborted)) {
        const ends = [this.lanes.nextEnd(), membership.lost];
        await Promise.race(patience.aborted ? ends : [...ends, isOver]);
      }
    } finally {
      membership.end();
    }
  }

  /** Made apart from a batch, which it would hold in memory. */
  private roomFor(place: string, bytes: number): () => boolean {
    return () => this.lanes.hasRoomFor(place, bytes);
  }

  /** Part after part, until the generation ends: whoever has the partition then reads from the committed offset on. */
  private async work(payload: EachBatchPayload, generation: Generation): Promise<void> {
    const { batch } = payload;
    const { topic, partition } = batch;
    const commit: CommitOffsets = (offsets) => payload.commitOffsetsIfNecessary(offsets);
    for (const part of messageParts(batch.messages, this.settings)) {
      if (generation.isEnding) return;
      const records = part.map((message) => toRawRecord(topic, partition, message));
      if (!(await this.attempt(records, generation))) return;
      const offset = nextOffset(batch, part.at(-1)!.offset);
      generation.settle({ topic, partition, offset }, commit);
    }
  }

  /**
   * False when the records stay unsettled: nothing of them may be committed. Where they are to be tried again, their
   * partition is paused and nothing of it is kept, so that the others go on meanwhile.
   */
  private async attempt(records: readonly RawRecord[], generation: Generation): Promise<boolean> {
    const { topic, partition, offset } = records[0]!.position;
    const place = placeOf({ topic, partition });
    const attempt = (this.waiting.get(place)?.attempt ?? 0) + 1;
    try {
      await this.handle(topic, records, attempt);
      this.waiting.delete(place);
      return true;
    } catch (error) {
      const where = { topic, partition, offset: String(offset), records: records.length, attempt };
      if (verdictOn(error) !== 'retry') {
        this.log.fatal({ ...where, err: error }, 'a fault of ours in the consumer');
        this.group.beginStop();
        this.group.fail(error instanceof Error ? error : new Error(String(error)));
        return false;
      }
      const { code, cause } = error as PipelineError;
      const reason = cause instanceof Error ? cause.message : undefined;
      this.log.warn({ ...where, code, cause: reason }, 'batch will be tried again');
      if (generation.isEnding) return false;
      this.waiting.set(place, { attempt, code });
      const nextAtMs = performance.now() + backoffMs(attempt);
      this.group.pause({ topic, partition }, () => performance.now() >= nextAtMs, offset);
      return false;
    }
  }

  private async handle(topic: string, records: readonly RawRecord[], attempt: number): Promise<void> {
    const handler = this.getHandlerByPattern(topic);
    if (!handler) throw new Error(`no handler for topic ${topic}`);
    const result: unknown = await handler(records, new BatchContext([attempt]));
    await lastValueFrom(this.transformToObservable(result), { defaultValue: undefined });
  }
}
