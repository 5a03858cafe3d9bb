import type { Consumer } from 'kafkajs';
import { partitionName, type TopicPartition } from '../../consumer/batch-transport';
import type { FetchProgress } from './fetch-progress';

interface Pause extends TopicPartition {
  readonly isOver: () => boolean;
  /** Where it goes on; undefined where kafkajs knows. */
  readonly from: bigint | undefined;
  readonly isHandled: () => boolean;
}

/**
 * Partitions that are not fetched for a while, so that nobody waits for them. A pause ends with the first fetch after
 * its condition holds, and not before everything that was fetched before it has been handled: kafkajs would move the
 * partition on past what is to be read again.
 */
export class PartitionPauses {
  private readonly pauses = new Map<string, Pause>();

  /** `goOnAt` moves a partition's position. */
  constructor(
    private readonly consumer: Pick<Consumer, 'pause' | 'resume'>,
    private readonly progress: FetchProgress,
    private readonly goOnAt: (partition: TopicPartition, offset: bigint) => void,
  ) {}

  has(partition: TopicPartition): boolean {
    return this.pauses.has(partitionName(partition));
  }

  /** Until `isOver`; then the partition goes on at `from`, or else with the first record that is not resolved. */
  pause({ topic, partition }: TopicPartition, isOver: () => boolean, from?: bigint): void {
    const pause = { topic, partition, isOver, from, isHandled: this.progress.mark() };
    this.pauses.set(partitionName(pause), pause);
    this.consumer.pause([{ topic, partitions: [partition] }]);
  }

  /** Resumes the partitions whose pause may end. To be called before each fetch. */
  resumeDue(): void {
    for (const [name, pause] of this.pauses) {
      if (!pause.isHandled() || !pause.isOver()) continue;
      const { topic, partition, from } = pause;
      this.pauses.delete(name);
      if (from !== undefined) this.goOnAt({ topic, partition }, from);
      this.consumer.resume([{ topic, partitions: [partition] }]);
    }
  }

  /** Forgets all pauses: the partitions are somebody else's, or begin at what is committed. */
  clear(): void {
    this.pauses.clear();
  }
}
