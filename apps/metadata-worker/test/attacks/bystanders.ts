import { randomUUID } from 'node:crypto';
import { GPU_METADATA_TOPIC, GPU_METRICS_TOPIC, TOKEN_USAGE_TOPIC } from '@libs/contracts';
import { gpuMetricsBody, tokenUsageBody } from '@libs/contracts/testing';
import { acceptedMetadata } from '@libs/domain/testing';
import { eventually } from '@libs/testing/app-process';
import { messageOf, MetadataTopic } from '@libs/testing/metadata-topic';
import type { WorkerUnderTest } from '@libs/testing/worker-under-test';

export const TOPICS = [GPU_METADATA_TOPIC, GPU_METRICS_TOPIC, TOKEN_USAGE_TOPIC] as const;
const PARTITIONS = 6;
const STORED_MS = 60_000;
const LAG_MS = 120_000;

/** Producers that do nothing wrong: a record of theirs on each partition of each topic, and what becomes of it. */
export class Bystanders {
  private constructor(
    private readonly worker: WorkerUnderTest,
    private readonly topics: ReadonlyMap<string, MetadataTopic>,
  ) {}

  /** The worker's group begins here. */
  static async beside(worker: WorkerUnderTest): Promise<Bystanders> {
    const topics = new Map<string, MetadataTopic>();
    for (const name of TOPICS) {
      const topic = await MetadataTopic.open(name);
      await topic.beginHere(worker.groupId);
      topics.set(name, topic);
    }
    return new Bystanders(worker, topics);
  }

  of(name: string): MetadataTopic {
    return this.topics.get(name)!;
  }

  /** Publishes one record on each partition; answers how many of them are not stored within a minute. */
  async lost(): Promise<number> {
    const host = `host-${randomUUID()}`;
    const ids = Array.from({ length: PARTITIONS }, () => randomUUID());
    const bodies = [gpuMetricsBody, tokenUsageBody].map((body) => (event_id: string, gpu_index: number) => {
      const own = body === gpuMetricsBody ? { gpu_index } : { event_id };
      return { value: JSON.stringify(body({ host, ...own })) };
    });
    for (const [partition, eventId] of ids.entries()) {
      await this.of(GPU_METADATA_TOPIC).publish(partition, [messageOf(acceptedMetadata({ eventId }))]);
      await this.of(GPU_METRICS_TOPIC).publish(partition, [bodies[0]!(eventId, partition)]);
      await this.of(TOKEN_USAGE_TOPIC).publish(partition, [bodies[1]!(eventId, partition)]);
    }
    let lost = Infinity;
    await eventually(async () => {
      const stored = await Promise.all([
        this.worker.documents.countDocuments({ _id: { $in: ids } }),
        this.worker.lineage('gpu_metrics').countDocuments({ host }),
        this.worker.lineage('token_usage').countDocuments({ host }),
      ]);
      lost = stored.reduce((sum, count) => sum - count, TOPICS.length * PARTITIONS);
      return lost === 0;
    }, STORED_MS);
    return lost;
  }

  /** Waits until nothing is left on any topic; answers the group's lag on each. */
  async lags(groupId = this.worker.groupId, names: readonly string[] = TOPICS): Promise<number[]> {
    const lagOf = (name: string): Promise<number> => this.of(name).lag(groupId);
    let lags: number[] = [];
    await eventually(async () => {
      lags = await Promise.all(names.map(lagOf));
      return lags.every((lag) => lag === 0);
    }, LAG_MS);
    return lags;
  }

  async close(): Promise<void> {
    await Promise.all([...this.topics.values()].map((topic) => topic.close()));
  }
}
