import type { EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { lastValueFrom } from 'rxjs';
import type { PipelineError, RawRecord } from '@libs/domain';
import { toRawRecord, type Logger } from '@libs/platform';
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

/**
 * kafkajs as a Nest transport: whole batches, and commits of exactly what was settled. kafkajs fetches again as soon as
 * each batch is begun, so that the next ones lie ready when the database has taken these.
 */
export class KafkaBatchServer extends BatchTransport {
  private readonly lanes: PartitionLanes;
  private generation: Generation | undefined;
  private readonly group: GroupConsumer;
  private readonly log: Logger;
  /** `topic/partition` → the code of what it waits for. */
  private readonly waiting = new Map<string, string>();

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
    const [[partition, code] = []] = this.waiting;
    return partition && `${partition} waits: ${code}`;
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

  /** Resolves once the batch is begun; kafkajs then fetches behind it. */
  private async consume(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const generation = this.generation!;
    generation.throwRefusal();
    const place = `${batch.topic}/${batch.partition}`;
    const bytes = bytesOf(batch.messages);
    const membership = new Membership(payload);
    try {
      while (this.group.stopping.aborted ? !this.lanes.isIdle : !this.lanes.hasRoomFor(place, bytes))
        await Promise.race([this.lanes.nextEnd(), membership.lost]);
    } finally {
      membership.end();
    }
    if (generation.isOver) throw new MustRejoin();
    if (generation.isEnding) return;
    payload.resolveOffset(batch.messages.at(-1)!.offset);
    this.lanes.begin(place, bytes, () => this.work(payload, generation));
  }

  /** Part after part, until the generation ends: whoever has the partition then reads from the committed offset on. */
  private async work(payload: EachBatchPayload, generation: Generation): Promise<void> {
    const { batch } = payload;
    const { topic, partition } = batch;
    const commit: CommitOffsets = (offsets) => payload.commitOffsetsIfNecessary(offsets);
    for (const part of messageParts(batch.messages, this.settings)) {
      const records = part.map((message) => toRawRecord(topic, partition, message));
      if (!(await this.settle(records, generation))) return;
      const offset = nextOffset(batch, part.at(-1)!.offset);
      generation.settle({ topic, partition, offset }, commit);
    }
  }

  /** False when the records stay unsettled: nothing of them may be committed. */
  private async settle(records: readonly RawRecord[], generation: Generation): Promise<boolean> {
    const { topic, partition } = records[0]!.position;
    const place = `${topic}/${partition}`;
    try {
      for (let attempt = 1; !generation.isEnding; attempt++) {
        this.group.beat();
        if (await this.attempt(records, attempt)) return true;
        await generation.pause(backoffMs(attempt));
      }
      return false;
    } finally {
      this.waiting.delete(place);
    }
  }

  /** False when the batch is to be tried again, unless nothing new is begun any more. */
  private async attempt(records: readonly RawRecord[], attempt: number): Promise<boolean> {
    const { topic, partition, offset } = records[0]!.position;
    try {
      const handler = this.getHandlerByPattern(topic);
      if (!handler) throw new Error(`no handler for topic ${topic}`);
      const result: unknown = await handler(records, new BatchContext([attempt]));
      await lastValueFrom(this.transformToObservable(result), { defaultValue: undefined });
      return true;
    } catch (error) {
      const where = { topic, partition, offset: String(offset), records: records.length, attempt };
      if (verdictOn(error) === 'retry') {
        const { code, cause } = error as PipelineError;
        const reason = cause instanceof Error ? cause.message : undefined;
        this.waiting.set(`${topic}/${partition}`, code);
        this.log.warn({ ...where, code, cause: reason }, 'batch will be tried again');
      } else {
        this.log.fatal({ ...where, err: error }, 'a fault of ours in the consumer');
        this.group.beginStop();
        this.group.fail(error instanceof Error ? error : new Error(String(error)));
      }
      return false;
    }
  }
}

function bytesOf(messages: readonly KafkaMessage[]): number {
  return messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
}
