import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaJSNonRetriableError, type Consumer, type EachBatchPayload, type Kafka } from 'kafkajs';
import { lastValueFrom } from 'rxjs';
import type { PipelineError, RawRecord } from '@libs/domain';
import type { Logger } from '@libs/platform';
import { backoffMs } from '../../consumer/backoff';
import { BatchContext, BatchTransport } from '../../consumer/batch-transport';
import type { OffsetJump } from '../../consumer/consumer-telemetry';
import { verdictOn } from '../../consumer/error-policy';
import { Membership } from './membership';
import { messageParts, type PartLimits } from './message-parts';
import { OffsetTrail } from './offset-trail';
import { toRecord } from './raw-record';

export interface KafkaBatchSettings extends PartLimits {
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
}

export interface KafkaBatchObserver {
  readonly log: Logger;
  readonly jumped: (jump: OffsetJump) => void;
}

const RECONNECT_MS = 1_000;
const HEARTBEATS_PER_SESSION = 3;
/** Bounds how long a stop waits for the broker's answer to an idle fetch. */
const FETCH_WAIT_MS = 500;
const CONCURRENT_PARTITIONS = 3;

/** kafkajs as a Nest transport: whole batches, and a commit of exactly what was settled. */
export class KafkaBatchServer extends BatchTransport {
  readonly failed: Promise<Error>;
  private readonly consumer: Consumer;
  private readonly trail: OffsetTrail;
  private readonly log: Logger;
  private readonly stopping = new AbortController();
  private readonly waiting = new Map<string, string>();
  private fail: (error: Error) => void = () => undefined;
  private isMember = false;
  private lastBeatAt = performance.now();

  constructor(
    kafka: Kafka,
    private readonly settings: KafkaBatchSettings,
    private readonly observer: KafkaBatchObserver,
  ) {
    super();
    this.log = observer.log;
    this.failed = new Promise((resolve) => (this.fail = resolve));
    const { groupId, sessionTimeoutMs, maxBytes } = settings;
    this.trail = new OffsetTrail(kafka.admin(), groupId, this.log);
    this.consumer = kafka.consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.floor(sessionTimeoutMs / HEARTBEATS_PER_SESSION),
      allowAutoTopicCreation: false,
      maxBytesPerPartition: maxBytes,
      maxBytes: maxBytes * CONCURRENT_PARTITIONS,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      retry: {
        initialRetryTime: 200,
        maxRetryTime: 3_000,
        retries: 8,
        restartOnFailure: () => Promise.resolve(!this.stopping.signal.aborted),
      },
    });
    this.followMembership();
    this.followLoop();
  }

  get problem(): string | undefined {
    if (!this.isMember) return 'not a member of the consumer group';
    const [[partition, code] = []] = this.waiting;
    return partition && `${partition} waits: ${code}`;
  }

  get silentMs(): number {
    return performance.now() - this.lastBeatAt;
  }

  listen(callback: () => void): void {
    void this.start();
    callback();
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.consumer.stop();
    await this.consumer.disconnect();
    await this.trail.stop();
  }

  override on(): never {
    throw new Error('this transport has no events of its own');
  }

  override unwrap(): never {
    throw new Error('this transport lends its client to nobody');
  }

  private followMembership(): void {
    const { events } = this.consumer;
    this.consumer.on(events.GROUP_JOIN, ({ payload }) => {
      this.isMember = true;
      this.waiting.clear();
      this.trail.joined(Object.keys(payload.memberAssignment));
      this.log.info({ partitions: payload.memberAssignment }, 'joined the group');
    });
    for (const event of [events.REBALANCING, events.STOP, events.DISCONNECT, events.CRASH] as const) {
      this.consumer.on(event, () => (this.isMember = false));
    }
    this.consumer.on(events.CRASH, ({ payload: { error, restart } }) => {
      this.log.error({ err: error, restart }, 'the consumer crashed');
      // Without this the process would live on and consume nothing.
      if (!restart) this.fail(error);
    });
  }

  private followLoop(): void {
    const { events } = this.consumer;
    for (const event of [events.FETCH_START, events.FETCH, events.HEARTBEAT, events.GROUP_JOIN] as const) {
      this.consumer.on(event, () => {
        this.beat();
      });
    }
    this.consumer.on(events.END_BATCH_PROCESS, ({ payload }) => {
      // Nothing but marks of transactions: kafkajs moves on without a word to us.
      const { topic, partition, batchSize, lastOffset } = payload;
      if (batchSize === 0) this.trail.advance(topic, partition, BigInt(lastOffset) + 1n);
    });
  }

  private beat(): void {
    this.lastBeatAt = performance.now();
  }

  private async start(): Promise<void> {
    const { signal } = this.stopping;
    const topics = [...this.messageHandlers.keys()];
    while (!signal.aborted) {
      try {
        this.beat();
        await this.trail.start(topics);
        await this.consumer.connect();
        await this.consumer.subscribe({ topics, fromBeginning: true });
        if (this.stopping.signal.aborted) return;
        await this.consumer.run({
          autoCommit: false,
          eachBatchAutoResolve: false,
          partitionsConsumedConcurrently: CONCURRENT_PARTITIONS,
          eachBatch: (payload) => this.consume(payload),
        });
        return;
      } catch (error) {
        this.log.debug({ fault: (error as Error).message }, 'cannot consume from Kafka yet');
        await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async consume(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const { topic, partition } = batch;
    const jump = await this.trail.jumpTo(topic, partition, fetchedOffset(batch));
    if (jump) this.observer.jumped(jump);
    const end = batch.messages.at(-1)!.offset;
    for (const part of messageParts(batch.messages, this.settings)) {
      const records = part.map((message) => toRecord(topic, partition, message));
      if (!(await this.settle(records, payload))) return;
      const last = part.at(-1)!.offset;
      payload.resolveOffset(last);
      // Behind the last record there may be marks of transactions, which kafkajs skips.
      const next = BigInt(last === end ? batch.lastOffset() : last) + 1n;
      this.trail.advance(topic, partition, next);
      const partitions = [{ partition, offset: String(next) }];
      await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions }] });
    }
  }

  /** False when the records stay unsettled, or the partition is no longer ours: nothing of them may be committed. */
  private async settle(records: readonly RawRecord[], payload: EachBatchPayload): Promise<boolean> {
    const membership = new Membership(payload, this.stopping.signal);
    try {
      for (let attempt = 1; membership.holds; attempt++) {
        this.beat();
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

/** Where the broker was asked to read; the first record may come later, in a topic with transactions. */
function fetchedOffset(batch: EachBatchPayload['batch']): bigint {
  return BigInt((batch as unknown as { fetchedOffset: string }).fetchedOffset);
}
