import { KafkaJSNonRetriableError, type EachBatchPayload, type Kafka } from 'kafkajs';
import { lastValueFrom } from 'rxjs';
import type { PipelineError, RawRecord } from '@libs/domain';
import { toRawRecord, type Logger } from '@libs/platform';
import { backoffMs } from '../../consumer/backoff';
import { BatchContext, BatchTransport } from '../../consumer/batch-transport';
import type { OffsetJump } from '../../consumer/consumer-telemetry';
import { verdictOn } from '../../consumer/error-policy';
import { GroupConsumer, nextOffset } from './group-consumer';
import { Membership } from './membership';
import { messageParts, type PartLimits } from './message-parts';

export interface KafkaBatchSettings extends PartLimits {
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
}

export interface KafkaBatchObserver {
  readonly log: Logger;
  readonly jumped: (jump: OffsetJump) => void;
}

const CONCURRENT_PARTITIONS = 3;

/** kafkajs as a Nest transport: whole batches, and a commit of exactly what was settled. */
export class KafkaBatchServer extends BatchTransport {
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
    this.group = new GroupConsumer(
      kafka,
      {
        groupId,
        sessionTimeoutMs,
        maxBytesPerPartition: maxBytes,
        maxBytes: maxBytes * CONCURRENT_PARTITIONS,
        concurrentPartitions: CONCURRENT_PARTITIONS,
      },
      {
        log,
        jumped,
        joined: () => {
          this.waiting.clear();
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

  close(): Promise<void> {
    return this.group.close();
  }

  override on(): never {
    throw new Error('this transport has no events of its own');
  }

  override unwrap(): never {
    throw new Error('this transport lends its client to nobody');
  }

  private async consume(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const { topic, partition } = batch;
    for (const part of messageParts(batch.messages, this.settings)) {
      const records = part.map((message) => toRawRecord(topic, partition, message));
      if (!(await this.settle(records, payload))) return;
      const last = part.at(-1)!.offset;
      payload.resolveOffset(last);
      const partitions = [{ partition, offset: String(nextOffset(batch, last)) }];
      await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions }] });
    }
  }

  /** False when the records stay unsettled, or the partition is no longer ours: nothing of them may be committed. */
  private async settle(records: readonly RawRecord[], payload: EachBatchPayload): Promise<boolean> {
    const membership = new Membership(payload, this.group.stopping);
    try {
      for (let attempt = 1; membership.holds; attempt++) {
        this.group.beat();
        if (await this.attempt(records, attempt)) return membership.confirm();
        await membership.wait(backoffMs(attempt));
      }
      membership.confirm();
      return false;
    } finally {
      membership.end();
    }
  }

  /** False when the batch is to be tried again. */
  private async attempt(records: readonly RawRecord[], attempt: number): Promise<boolean> {
    const { topic, partition, offset } = records[0]!.position;
    const place = `${topic}/${partition}`;
    try {
      const handler = this.getHandlerByPattern(topic);
      if (!handler) throw new Error(`no handler for topic ${topic}`);
      const result: unknown = await handler(records, new BatchContext([attempt]));
      await lastValueFrom(this.transformToObservable(result), { defaultValue: undefined });
      this.waiting.delete(place);
      return true;
    } catch (error) {
      const where = { topic, partition, offset: String(offset), records: records.length, attempt };
      if (verdictOn(error) === 'retry') {
        const { code, cause } = error as PipelineError;
        const reason = cause instanceof Error ? cause.message : undefined;
        this.waiting.set(place, code);
        this.log.warn({ ...where, code, cause: reason }, 'batch will be tried again');
        return false;
      }
      this.log.fatal({ ...where, err: error }, 'a fault of ours in the consumer');
      // Any other type would either be retried for ever or leave a live process that consumes nothing.
      throw new KafkaJSNonRetriableError(error instanceof Error ? error : String(error));
    }
  }
}
