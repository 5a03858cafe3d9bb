import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { Logger } from '@libs/platform';
import type { TopicPartition } from '../../consumer/batch-transport';
import type { OffsetJump } from '../../consumer/consumer-telemetry';
import type { ConsumingLoop } from '../../consumer/consumer-liveness';
import { FetchProgress } from './fetch-progress';
import { fetchedOffset, nextOffset } from './fetched-batch';
import { GroupSession, MustRejoin } from './group-session';
import { ExpectedOffsets } from './expected-offsets';
import { PartitionPauses } from './partition-pauses';

export interface GroupSettings {
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  readonly maxBytesPerPartition: number;
  readonly maxBytes: number;
  readonly concurrentPartitions: number;
}

export interface GroupTelemetry {
  readonly log: Logger;
  jumped(jump: OffsetJump): void;
}

export interface GroupObserver {
  readonly telemetry: GroupTelemetry;
  /** Before the first batch of the session. */
  readonly joined: (session: GroupSession) => void;
}

const RECONNECT_MS = 1_000;
const HEARTBEATS_PER_SESSION = 3;
/** The part of the session timeout that a session holds without an answer to a heartbeat. */
const LEASE_PER_SESSION = 2 / 3;
/** Bounds how long a stop waits for the broker's answer to an idle fetch. */
const FETCH_WAIT_MS = 500;

/**
 * A member of a consumer group for as long as the process lives: it joins as often as it takes, begins at the earliest
 * record where nothing is committed, commits nothing by itself, and tells of jumps and of its end.
 */
export class GroupConsumer implements ConsumingLoop {
  /** The last session; undefined before the first join. */
  session: GroupSession | undefined;
  private readonly end = Promise.withResolvers<Error>();
  private readonly consumer: Consumer;
  private readonly expected: ExpectedOffsets;
  private readonly fetches = new FetchProgress();
  private readonly pauses: PartitionPauses;
  private readonly stop = new AbortController();
  private isJoined = false;
  private joinsAgain = false;
  private lastBeatAtMs = performance.now();

  constructor(
    kafka: Kafka,
    private readonly settings: GroupSettings,
    private readonly observer: GroupObserver,
  ) {
    const { groupId, sessionTimeoutMs, maxBytesPerPartition, maxBytes } = settings;
    this.expected = new ExpectedOffsets(kafka.admin(), groupId, observer.telemetry.log);
    this.consumer = kafka.consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.floor(sessionTimeoutMs / HEARTBEATS_PER_SESSION),
      allowAutoTopicCreation: false,
      maxBytesPerPartition,
      maxBytes,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      retry: {
        initialRetryTime: 200,
        maxRetryTime: 3_000,
        retries: 8,
        restartOnFailure: () => Promise.resolve(!this.stop.signal.aborted),
      },
    });
    this.pauses = new PartitionPauses(this.consumer, this.fetches, ({ topic, partition }, offset) => {
      this.consumer.seek({ topic, partition, offset: String(offset) });
      this.expected.advance(topic, partition, offset);
    });
    this.followMembership();
    this.followLoop();
  }

  get failed(): Promise<Error> {
    return this.end.promise;
  }

  get unhealthyReason(): string | undefined {
    return this.isJoined ? undefined : 'not a member of the consumer group';
  }

  get silentMs(): number {
    return performance.now() - this.lastBeatAtMs;
  }

  /** Aborted once the consumer is told to stop. */
  get stopping(): AbortSignal {
    return this.stop.signal;
  }

  /** Ends the process: nothing will be consumed any more. */
  fail(error: Error): void {
    this.isJoined = false;
    this.end.resolve(error);
  }

  async consume(
    topics: readonly string[],
    eachBatch: (payload: EachBatchPayload, session: GroupSession) => Promise<void>,
  ): Promise<void> {
    const signal = this.stopping;
    while (!signal.aborted) {
      try {
        this.beat();
        await this.expected.start(topics);
        await this.consumer.connect();
        await this.consumer.subscribe({ topics: [...topics], fromBeginning: true });
        if (this.stopping.aborted) return;
        await this.consumer.run({
          autoCommit: false,
          eachBatchAutoResolve: false,
          partitionsConsumedConcurrently: this.settings.concurrentPartitions,
          eachBatch: async (payload) => eachBatch(await this.followed(payload), this.session!),
        });
        return;
      } catch (error) {
        this.observer.telemetry.log.debug(
          { fault: (error as Error).message },
          'cannot consume from Kafka yet',
        );
        await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** True for a partition whose batches must be passed over without being resolved: they are fetched again. */
  isPaused(partition: TopicPartition): boolean {
    return this.pauses.has(partition);
  }

  /**
   * Fetches nothing more of a partition until `isOver`, or until the group is joined again; then it goes on at `from`,
   * or else with the first record that is not resolved. Within `eachBatch`, or with work that it began.
   */
  pause(partition: TopicPartition, isOver: () => boolean, from?: bigint): void {
    this.pauses.pause(partition, isOver, from);
  }

  /** From here on nothing new is begun. */
  beginStop(): void {
    this.stop.abort();
  }

  /** Resolves once the batches under way are done, what was processed is committed, and the group is left. */
  async close(): Promise<void> {
    this.beginStop();
    await this.session?.committed();
    await this.consumer.stop();
    await this.consumer.disconnect();
    await this.expected.stop();
  }

  private followMembership(): void {
    const { events } = this.consumer;
    const { log } = this.observer.telemetry;
    this.consumer.on(events.GROUP_JOIN, ({ payload: { groupId, memberAssignment } }) => {
      this.isJoined = true;
      this.pauses.clear();
      // kafkajs keeps a partition paused when it comes back in a later generation.
      this.consumer.resume(this.consumer.paused());
      this.expected.joined(Object.keys(memberAssignment));
      this.joinsAgain = this.fetches.restart();
      this.session?.end();
      if (!this.joinsAgain) this.beginSession();
      log.info({ groupId, partitions: memberAssignment }, 'joined the group');
    });
    this.consumer.on(events.REBALANCING, () => {
      this.isJoined = false;
      this.session?.endWithCommit();
    });
    for (const event of [events.STOP, events.DISCONNECT, events.CRASH] as const) {
      this.consumer.on(event, () => {
        this.isJoined = false;
        this.session?.end();
      });
    }
    this.consumer.on(events.CRASH, ({ payload: { error, groupId, restart } }) => {
      log.error({ err: error, groupId, restart }, 'the consumer crashed');
      // Without this the process would live on and consume nothing.
      if (!restart) this.fail(error);
    });
  }

  private beginSession(): void {
    this.session = new GroupSession(this.settings.sessionTimeoutMs * LEASE_PER_SESSION, this.stopping);
    this.observer.joined(this.session);
  }

  private followLoop(): void {
    const { events } = this.consumer;
    for (const event of [events.FETCH_START, events.FETCH, events.HEARTBEAT, events.GROUP_JOIN] as const) {
      this.consumer.on(event, () => {
        this.beat();
      });
    }
    this.consumer.on(events.FETCH_START, ({ payload }) => {
      // kafkajs then ends all its fetchers before it joins.
      if (this.joinsAgain) throw new MustRejoin();
      this.fetches.started(payload.nodeId);
      this.pauses.resumeDue();
    });
    this.consumer.on(events.FETCH, ({ payload }) => {
      this.fetches.answered(payload.nodeId);
    });
    this.consumer.on(events.HEARTBEAT, () => this.session?.confirm());
    this.consumer.on(events.END_BATCH_PROCESS, ({ payload }) => {
      // Nothing but marks of transactions: kafkajs moves on without a word to us.
      const { topic, partition, batchSize, lastOffset } = payload;
      if (batchSize === 0) this.expected.advance(topic, partition, BigInt(lastOffset) + 1n);
    });
  }

  private beat(): void {
    this.lastBeatAtMs = performance.now();
  }

  /** Tells of a jump that led to the batch, and follows how far it is resolved. */
  private async followed(payload: EachBatchPayload): Promise<EachBatchPayload> {
    const { batch } = payload;
    const { topic, partition } = batch;
    const jump = await this.expected.jumpTo(topic, partition, fetchedOffset(batch));
    if (jump) this.observer.telemetry.jumped(jump);
    const resolveOffset = (offset: string): void => {
      payload.resolveOffset(offset);
      this.expected.advance(topic, partition, nextOffset(batch, offset));
    };
    return { ...payload, resolveOffset };
  }
}
