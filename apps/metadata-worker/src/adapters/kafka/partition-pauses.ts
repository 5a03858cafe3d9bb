import type { Consumer } from 'kafkajs';
import type { FetchRounds } from './fetch-rounds';
import { placeOf, type Partition } from './partition';

interface Pause extends Partition {
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
    private readonly rounds: FetchRounds,
    private readonly goOnAt: (place: Partition, offset: bigint) => void,
  ) {}

  has(place: Partition): boolean {
    return this.pauses.has(placeOf(place));
  }

  /** Until `isOver`; then the partition goes on at `from`, or else with the first record that is not resolved. */
  pause({ topic, partition }: Partition, isOver: () => boolean, from?: bigint): void {
    const pause = { topic, partition, isOver, from, isHandled: this.rounds.mark() };
    this.pauses.set(placeOf(pause), pause);
    this.consumer.pause([{ topic, partitions: [partition] }]);
  }

  /** Ends the pauses that may end. To be called before each fetch. */
  endThoseOver(): void {
    for (const [place, pause] of this.pauses) {
      if (!pause.isHandled() || !pause.isOver()) continue;
      const { topic, partition, from } = pause;
      this.pauses.delete(place);
      if (from !== undefined) this.goOnAt({ topic, partition }, from);
      this.consumer.resume([{ topic, partitions: [partition] }]);
    }
  }

  /** Forgets all pauses: the partitions are somebody else's, or begin at what is committed. */
  clear(): void {
    this.pauses.clear();
  }
}
