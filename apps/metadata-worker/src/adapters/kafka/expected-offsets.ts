import type { Admin } from 'kafkajs';
import type { Logger } from '@libs/platform';
import { partitionName } from '../../consumer/batch-transport';
import type { OffsetJump } from '../../consumer/consumer-telemetry';

const NOTHING_COMMITTED = -1n;

/**
 * Knows where each partition must continue. When the broker does not have that offset, kafkajs commits "the
 * beginning" (-2) in its place and reads on there with no more than a line in its log: records may be missing.
 */
export class ExpectedOffsets {
  private readonly next = new Map<string, bigint>();
  private loading: Promise<void> = Promise.resolve();

  constructor(
    private readonly admin: Pick<Admin, 'connect' | 'disconnect' | 'fetchOffsets'>,
    private readonly groupId: string,
    private readonly log: Logger,
  ) {}

  async start(topics: readonly string[]): Promise<void> {
    await this.admin.connect();
    await this.load(topics);
  }

  stop(): Promise<void> {
    return this.admin.disconnect();
  }

  /** Takes up what the group has committed, after each join: others may have come further. */
  joined(topics: readonly string[]): void {
    this.loading = this.load(topics).catch((error: unknown) => {
      this.log.warn({ err: error }, 'cannot tell where the group had come to: a jump may not be seen');
    });
  }

  /** The jump that reading at `offset` is, if it is one. */
  async jumpTo(topic: string, partition: number, offset: bigint): Promise<OffsetJump | undefined> {
    await this.loading;
    const from = this.next.get(partitionName({ topic, partition }));
    const { groupId } = this;
    return from === undefined || from === offset
      ? undefined
      : { groupId, topic, partition, from, to: offset };
  }

  advance(topic: string, partition: number, next: bigint): void {
    this.next.set(partitionName({ topic, partition }), next);
  }

  private async load(topics: readonly string[]): Promise<void> {
    const found = await this.admin.fetchOffsets({ groupId: this.groupId, topics: [...topics] });
    for (const { topic, partitions } of found) {
      for (const { partition, offset } of partitions) {
        const committed = BigInt(offset);
        if (committed >= 0n) this.advance(topic, partition, committed);
        else if (committed === NOTHING_COMMITTED) this.next.delete(partitionName({ topic, partition }));
        // What kafkajs committed for a jump tells less than what was known before it.
        else if (!this.next.has(partitionName({ topic, partition })))
          this.advance(topic, partition, committed);
      }
    }
  }
}
