import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, type KafkaMessage } from 'kafkajs';
import { registerFetchDecoder } from '../../../libs/platform/src/kafka/protocol/fetch-response';
import { eventually } from '@libs/testing/app-process';
import type { LoadOrder, LoadReport } from './http-load';
import { eventIdOf, recordOf, vectorsPerConnection } from './records';

type Offsets = ReadonlyMap<number, bigint>;

/** How a side writes a record onto its topic. */
export interface RecordLayout {
  readonly eventIdOf: (message: KafkaMessage) => string;
  /** What the record that a connection sent as its `sequence`th must hold, byte for byte. */
  readonly contentOf: (order: LoadOrder, connection: number, sequence: number) => Buffer;
}

/** What one side wrote onto its topic since `before`. */
export interface TopicPart {
  readonly topic: string;
  readonly before: Offsets;
  readonly layout: RecordLayout;
}

const readWithinMs = 120_000;
const leadersWithinMs = 15_000;

/** Reads what a round left on a topic and holds it against what was acknowledged. */
export class TopicAudit {
  private readonly kafka: Kafka;

  constructor(brokers: string) {
    registerFetchDecoder(); // Bento compresses by default
    this.kafka = new Kafka({ brokers: brokers.split(','), clientId: 'bench', logLevel: logLevel.NOTHING });
  }

  async createTopic(topic: string, numPartitions: number): Promise<void> {
    const admin = this.kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor: 1 }] });
    await admin.disconnect();
  }

  /** The next offset of each partition; waits for the leaders of a topic that is being made. */
  async ends(topic: string): Promise<Offsets> {
    const admin = this.kafka.admin();
    const ends = new Map<number, bigint>();
    const ask = async (): Promise<boolean> => {
      const offsets = await admin.fetchTopicOffsets(topic);
      for (const { partition, high } of offsets) ends.set(partition, BigInt(high));
      return true;
    };
    try {
      await admin.connect();
      if (await eventually(() => ask().catch(() => false), leadersWithinMs)) return ends;
    } finally {
      await admin.disconnect();
    }
    throw new Error(`${topic} has no leaders after ${leadersWithinMs} ms`);
  }

  /** Rejects unless each acknowledged record of the round is there once, with its content, and nothing else is. */
  async check({ topic, before, layout }: TopicPart, order: LoadOrder, report: LoadReport): Promise<void> {
    const contents = new Map<string, Buffer>();
    const missing = new Set<string>();
    for (const [connection, count] of report.acknowledged.entries()) {
      for (let sequence = 0; sequence < count; sequence++)
        missing.add(eventIdOf(order.round, order, connection, sequence));
    }
    const expected = missing.size;
    let seen = 0;
    await this.read(topic, before, (message) => {
      const eventId = layout.eventIdOf(message);
      const { connection, sequence } = recordOf(eventId, order);
      const name = `${connection}:${sequence % vectorsPerConnection}`;
      const content = contents.get(name) ?? layout.contentOf(order, connection, sequence);
      contents.set(name, content);
      if (!message.value?.includes(content))
        throw new Error(`${topic}: the record ${eventId} is not what was sent`);
      missing.delete(eventId);
      seen += 1;
    });
    if (missing.size > 0 || seen !== expected) {
      throw new Error(`${topic}: ${expected} acknowledged, ${seen} on the topic, ${missing.size} missing`);
    }
  }

  /** The values of all that came onto the topic since `from`. */
  async valuesSince(topic: string, from: Offsets): Promise<Buffer[]> {
    const values: Buffer[] = [];
    await this.read(topic, from, ({ value }) => {
      if (value) values.push(value);
    });
    return values;
  }

  private async read(topic: string, from: Offsets, take: (message: KafkaMessage) => void): Promise<void> {
    const left = new Map<number, bigint>();
    for (const [partition, end] of await this.ends(topic)) {
      if (end > (from.get(partition) ?? 0n)) left.set(partition, end);
    }
    if (left.size === 0) return;
    const consumer = this.kafka.consumer({
      groupId: `bench-${randomUUID()}`,
      maxBytesPerPartition: 8 * 2 ** 20,
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [topic] });
      await new Promise<void>((resolve, reject) => {
        setTimeout(reject, readWithinMs, new Error(`${topic} could not be read to its end`)).unref();
        void consumer.run({
          autoCommit: false,
          eachBatch: ({ batch: { partition, messages } }) => {
            try {
              for (const message of messages) take(message);
            } catch (error) {
              reject(error instanceof Error ? error : new Error(String(error)));
            }
            const last = messages.at(-1);
            if (last && BigInt(last.offset) + 1n >= (left.get(partition) ?? 0n)) left.delete(partition);
            if (left.size === 0) resolve();
            return Promise.resolve();
          },
        });
        for (const [partition, offset] of from) consumer.seek({ topic, partition, offset: String(offset) });
      });
    } finally {
      await consumer.disconnect();
    }
  }
}
