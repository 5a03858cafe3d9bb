import type { EachBatchPayload } from 'kafkajs';
import type { StreamPosition } from '@libs/domain';
import { placeOf } from './partition';

export type CommitOffsets = EachBatchPayload['commitOffsetsIfNecessary'];

/**
 * One generation of the group, and the offsets that were settled in it. They are committed in one request after
 * another, and no record waits for the answer: it takes the broker longer than the database takes to store a record.
 */
export class Generation {
  private readonly over = new AbortController();
  private readonly ended: AbortSignal;
  /** Settled and not committed, by `topic/partition`. */
  private readonly settled = new Map<string, StreamPosition>();
  private commit: CommitOffsets = () => Promise.resolve();
  private underWay: Promise<void> | undefined;
  private refusal: unknown;

  constructor(stopping: AbortSignal) {
    this.ended = AbortSignal.any([this.over.signal, stopping]);
  }

  get isOver(): boolean {
    return this.over.signal.aborted;
  }

  /** True once it is over or the consumer is told to stop: nothing new is begun. */
  get isEnding(): boolean {
    return this.ended.aborted;
  }

  end(): void {
    this.over.abort();
  }

  /** Ends it while the broker still takes its offsets: before this member joins again. */
  endWithCommit(): void {
    if (this.settled.size > 0 && !this.isOver) this.commit(this.takeSettled()).catch(() => undefined);
    this.end();
  }

  /** Has `position`, the offset at which its partition goes on, committed; nothing once the generation is over. */
  settle(position: StreamPosition, commit: CommitOffsets): void {
    this.settled.set(placeOf(position), position);
    this.commit = commit;
    this.commitSettled();
  }

  /** Commits what is settled unless a commit is under way, which goes on with it. */
  commitSettled(): void {
    if (this.settled.size > 0 && !this.isOver) this.underWay ??= this.commitAll();
  }

  /** Resolves once everything settled is committed, or was refused once more. */
  async committed(): Promise<void> {
    await this.underWay;
    this.commitSettled();
    await this.underWay;
  }

  /** @throws what the last commit was refused with: kafkajs joins the group again on it, or tries later */
  throwRefusal(): void {
    const { refusal } = this;
    this.refusal = undefined;
    if (refusal !== undefined) throw refusal as Error;
  }

  private async commitAll(): Promise<void> {
    // kafkajs takes the generation it commits for at the moment of the call, so that is when it must be this one.
    while (this.settled.size > 0 && !this.isOver) {
      const positions = [...this.settled.values()];
      try {
        await this.commit(this.takeSettled());
        this.refusal = undefined;
      } catch (error) {
        this.refusal = error;
        for (const position of positions) {
          if (!this.settled.has(placeOf(position))) this.settled.set(placeOf(position), position);
        }
        break;
      }
    }
    this.underWay = undefined;
  }

  private takeSettled(): Parameters<CommitOffsets>[0] {
    const byTopic = Map.groupBy(this.settled.values(), ({ topic }) => topic);
    this.settled.clear();
    const topics = Array.from(byTopic, ([topic, positions]) => ({
      topic,
      partitions: positions.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
    }));
    return { topics };
  }
}
