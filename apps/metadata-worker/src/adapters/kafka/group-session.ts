import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaJSError, type EachBatchPayload } from 'kafkajs';
import type { StreamPosition } from '@libs/domain';
import type { ArchiveSession } from '../../archive/archivist';
import { partitionName } from '../../consumer/batch-transport';

export type CommitOffsets = EachBatchPayload['commitOffsetsIfNecessary'];

/** How often the broker hears of this member while kafkajs waits for it. */
const HEARTBEAT_MS = 1_000;

/** Has kafkajs join the group again, and so read again from the committed offsets. */
export class MustRejoin extends KafkaJSError {
  readonly type = 'REBALANCE_IN_PROGRESS';
  constructor() {
    super('what was fetched is given up', { retriable: true });
  }
}

/**
 * One generation of the group, from the join to the next rebalance, and the offsets that its partitions have come to.
 * They are committed in one request after another, and no record waits for the answer: it takes the broker longer than
 * the database takes to store a record.
 *
 * It holds as long as the broker confirms it: when no heartbeat was answered for so long that the broker may be about
 * to give the partitions away, it does not hold until the next one is.
 */
export class GroupSession implements ArchiveSession {
  private readonly over = new AbortController();
  private readonly ending: AbortSignal;
  private lease = new AbortController();
  private leaseEndsAtMs = 0;
  private leaseTimer: NodeJS.Timeout | undefined;
  /** Where partitions go on, as far as that is not committed yet. */
  private readonly uncommitted = new Map<string, StreamPosition>();
  private commitOffsets: CommitOffsets = () => Promise.resolve();
  private committing: Promise<void> | undefined;
  private refusal: unknown;

  constructor(
    private readonly leaseMs: number,
    stopping: AbortSignal,
  ) {
    this.ending = AbortSignal.any([this.over.signal, stopping]);
    this.renewLease();
  }

  get isOver(): boolean {
    return this.over.signal.aborted;
  }

  /** True once it is over or the consumer is told to stop: nothing new is begun. */
  get isEnding(): boolean {
    return this.ending.aborted;
  }

  get holds(): boolean {
    return !this.isOver && performance.now() < this.leaseEndsAtMs;
  }

  get signal(): AbortSignal {
    return this.lease.signal;
  }

  /** kafkajs hands out what commits with each batch, which is thereby held in memory: for one that is worked on alone. */
  commitWith(payload: Pick<EachBatchPayload, 'commitOffsetsIfNecessary'>): void {
    this.commitOffsets = (offsets) => payload.commitOffsetsIfNecessary(offsets);
  }

  /** The broker answered a heartbeat. */
  confirm(): void {
    this.renewLease();
    this.startCommit();
  }

  end(): void {
    clearTimeout(this.leaseTimer);
    this.over.abort();
    this.lease.abort();
  }

  /** Ends it while the broker still takes its offsets: before this member joins again. */
  endWithCommit(): void {
    if (this.uncommitted.size > 0 && !this.isOver)
      this.commitOffsets(this.takeUncommitted()).catch(() => undefined);
    this.end();
  }

  /** Has `position`, the offset at which its partition goes on, committed; nothing once the session is over. */
  commitSoon(position: StreamPosition): void {
    this.uncommitted.set(partitionName(position), position);
    this.startCommit();
  }

  /** The same, and waits for it; @throws what the broker refused it with */
  async commit(position: StreamPosition): Promise<void> {
    this.commitSoon(position);
    await this.committed();
    this.throwRefusal();
    if (this.uncommitted.has(partitionName(position))) throw new MustRejoin();
  }

  /** Resolves once everything is committed, or was refused once more. */
  async committed(): Promise<void> {
    await this.committing;
    this.startCommit();
    await this.committing;
  }

  /** @throws what the last commit was refused with: kafkajs joins the group again on it, or tries later */
  throwRefusal(): void {
    const { refusal } = this;
    this.refusal = undefined;
    if (refusal !== undefined) throw refusal as Error;
  }

  /** Sends heartbeats while kafkajs waits for `work`; @throws what one was refused with: kafkajs joins again on it */
  async keepAlive(payload: Pick<EachBatchPayload, 'heartbeat'>, work: () => Promise<void>): Promise<void> {
    const lost = Promise.withResolvers<never>();
    const timer = setInterval(() => {
      payload.heartbeat().catch(lost.reject);
    }, HEARTBEAT_MS);
    try {
      await Promise.race([work(), lost.promise]);
    } finally {
      clearInterval(timer);
    }
  }

  async sleep(ms: number): Promise<boolean> {
    await sleep(ms, undefined, { signal: this.ending }).catch(() => undefined);
    return !this.isEnding;
  }

  private renewLease(): void {
    if (this.isOver) return;
    this.leaseEndsAtMs = performance.now() + this.leaseMs;
    if (this.lease.signal.aborted) this.lease = new AbortController();
    clearTimeout(this.leaseTimer);
    this.leaseTimer = setTimeout(() => {
      this.lease.abort();
    }, this.leaseMs).unref();
  }

  /** Commits what is not committed yet, unless a commit is under way, which goes on with it. */
  private startCommit(): void {
    if (this.uncommitted.size > 0 && !this.isOver) this.committing ??= this.commitAll();
  }

  private async commitAll(): Promise<void> {
    // kafkajs takes the generation it commits for at the moment of the call, so that is when it must be this one. The
    // consumer's own `commitOffsets` would try again in a later generation, which may belong to somebody else.
    while (this.uncommitted.size > 0 && !this.isOver) {
      const positions = [...this.uncommitted.values()];
      try {
        await this.commitOffsets(this.takeUncommitted());
        this.refusal = undefined;
      } catch (error) {
        this.refusal = error;
        for (const position of positions) {
          if (!this.uncommitted.has(partitionName(position)))
            this.uncommitted.set(partitionName(position), position);
        }
        break;
      }
    }
    this.committing = undefined;
  }

  private takeUncommitted(): Parameters<CommitOffsets>[0] {
    const byTopic = Map.groupBy(this.uncommitted.values(), ({ topic }) => topic);
    this.uncommitted.clear();
    const topics = Array.from(byTopic, ([topic, positions]) => ({
      topic,
      partitions: positions.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
    }));
    return { topics };
  }
}
