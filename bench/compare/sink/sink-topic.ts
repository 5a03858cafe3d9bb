import { GPU_METADATA_TOPIC, GPU_METADATA_TOPICS } from '@libs/contracts';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { eventually } from '@libs/testing/app-process';
import { SinkRecords } from './sink-records';

const leadersWithinMs = 30_000;
const recordsPerRequest = 500;

/** The records on `gpu-metadata`, behind whatever was there before. */
export class SinkTopic {
  private constructor(
    private readonly kafka: Kafka,
    private readonly beginnings: readonly { readonly partition: number; readonly offset: string }[],
    private readonly records: SinkRecords,
  ) {}

  /** The topic as it is, with nothing of ours on it yet. */
  static async asItIs(brokers: string): Promise<SinkTopic> {
    return SinkTopic.fill(brokers, new SinkRecords(0, 1));
  }

  /** Publishes them once, in order, an equal share to each partition; makes the topic where there is none. */
  static async fill(brokers: string, records: SinkRecords): Promise<SinkTopic> {
    const kafka = new Kafka({ brokers: brokers.split(','), clientId: 'bench', logLevel: logLevel.NOTHING });
    const beginnings = await withAdmin(kafka, makeTopic);
    const partitions = beginnings.length;
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    try {
      const acceptedAt = new Date();
      for (let from = 0; from < records.count; from += recordsPerRequest) {
        const length = Math.min(recordsPerRequest, records.count - from);
        const messages = Array.from({ length }, (_, at) => ({
          ...records.recordAt(from + at, acceptedAt),
          partition: (from + at) % partitions,
        }));
        await producer.send({ topic: GPU_METADATA_TOPIC, acks: -1, messages });
      }
    } finally {
      await producer.disconnect();
    }
    return new SinkTopic(kafka, beginnings, records);
  }

  /** Which of the first `count` records come last in their partition. */
  lastIdsOf(count: number): readonly string[] {
    const length = Math.min(this.beginnings.length, count);
    return Array.from({ length }, (_, at) => this.records.idAt(count - 1 - at));
  }

  /** Lets a group that is not running begin at the first of the records. */
  async rewind(groupId: string): Promise<void> {
    await withAdmin(this.kafka, (admin) =>
      admin.setOffsets({ groupId, topic: GPU_METADATA_TOPIC, partitions: [...this.beginnings] }),
    );
  }
}

async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** The ends of the topic, which is made as the apps make it. */
async function makeTopic(admin: Admin): Promise<{ partition: number; offset: string }[]> {
  await admin.createTopics({
    topics: GPU_METADATA_TOPICS.map(({ name, partitions, config }) => ({
      topic: name,
      numPartitions: partitions,
      configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
    })),
  });
  let ends: { partition: number; offset: string }[] = [];
  // The leaders of a topic just made may not know it yet.
  const isThere = await eventually(async () => {
    const found = await admin.fetchTopicOffsets(GPU_METADATA_TOPIC).catch(() => []);
    ends = found.map(({ partition, high }) => ({ partition, offset: high }));
    return ends.length > 0;
  }, leadersWithinMs);
  if (!isThere) throw new Error(`${GPU_METADATA_TOPIC} has no leaders after ${leadersWithinMs} ms`);
  return ends;
}
