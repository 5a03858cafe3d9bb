import type { Consumer } from 'kafkajs';

export interface Partition {
  readonly topic: string;
  readonly partition: number;
}

interface Pause extends Partition {
  readonly isOver: () => boolean;
  /** Where it goes on; undefined where kafkajs knows. */
  readonly from: bigint | undefined;
  /** Node → how many fetches it was asked for before the pause. */
  readonly before: ReadonlyMap<number, number>;
}

/**
 * Partitions that are not fetched for a while, so that nobody waits for them. A pause ends with the first fetch after
 * its condition holds, and not before everything that was fetched before it has been handled: kafkajs would move the
 * partition on past what is to be read again.
 */
export class PartitionPauses {
  private readonly pauses = new Map<string, Pause>();
  private readonly fetches = new Map<number, number>();

  constructor(private readonly consumer: Pick<Consumer, 'pause' | 'resume' | 'seek'>) {}

  has(place: Partition): boolean {
    return this.pauses.has(keyOf(place));
  }

  /** Until `isOver`; then the partition goes on at `from`, or else with the first record that is not resolved. */
  pause({ topic, partition }: Partition, isOver: () => boolean, from?: bigint): void {
    const pause = { topic, partition, isOver, from, before: new Map(this.fetches) };
    this.pauses.set(keyOf(pause), pause);
    this.consumer.pause([{ topic, partitions: [partition] }]);
  }

  /**
   * Ends the pauses that may end. To be called before each fetch of a node, which kafkajs begins when all that the
   * node's last fetch brought has been handled. Answers the places that are read again, with where.
   */
  fetchBegins(nodeId: number): readonly (Partition & { readonly from: bigint })[] {
    this.fetches.set(nodeId, (this.fetches.get(nodeId) ?? 0) + 1);
    const over = [...this.pauses.values()].filter((one) => this.isHandled(one) && one.isOver());
    for (const pause of over) {
      const { topic, partition, from } = pause;
      this.pauses.delete(keyOf(pause));
      if (from !== undefined) this.consumer.seek({ topic, partition, offset: String(from) });
      this.consumer.resume([{ topic, partitions: [partition] }]);
    }
    return over.flatMap(({ topic, partition, from }) =>
      from === undefined ? [] : [{ topic, partition, from }],
    );
  }

  /** Forgets all pauses: the partitions are somebody else's, or begin at what is committed. */
  clear(): void {
    this.pauses.clear();
    this.fetches.clear();
  }

  private isHandled({ before }: Pause): boolean {
    return [...before].every(([nodeId, count]) => this.fetches.get(nodeId)! > count);
  }
}

function keyOf({ topic, partition }: Partition): string {
  return `${topic}/${partition}`;
}
