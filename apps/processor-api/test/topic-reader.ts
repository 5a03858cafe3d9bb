import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, type KafkaMessage } from 'kafkajs';

const DEADLINE_MS = 30_000;

export interface Position {
  readonly partition: number;
  readonly offset: number;
}

/** The records of `topic` at exactly these positions, in the same order. */
export async function readRecords(
  positions: readonly Position[],
  topic = 'gpu-metadata',
): Promise<KafkaMessage[]> {
  const brokers = (process.env.TEST_KAFKA_BROKERS ?? '').split(',');
  const consumer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).consumer({
    groupId: `test-${randomUUID()}`,
    maxWaitTimeInMs: 100, // the end of the consumer waits for the fetch that is under way
  });
  const wanted = new Set(positions.map(nameOf));
  const found = new Map<string, KafkaMessage>();
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic] });
    await new Promise<void>((resolve, reject) => {
      setTimeout(reject, DEADLINE_MS, new Error(`found ${found.size} of ${wanted.size} records`)).unref();
      void consumer.run({
        autoCommit: false,
        eachMessage: ({ partition, message }) => {
          const name = nameOf({ partition, offset: Number(message.offset) });
          if (wanted.has(name)) found.set(name, message);
          if (found.size === wanted.size) resolve();
          return Promise.resolve();
        },
      });
      for (const [partition, offset] of firstOffsets(positions)) {
        consumer.seek({ topic, partition, offset: String(offset) });
      }
    });
  } finally {
    await consumer.disconnect();
  }
  return positions.map((position) => found.get(nameOf(position))!);
}

function nameOf({ partition, offset }: Position): string {
  return `${partition}:${offset}`;
}

function firstOffsets(positions: readonly Position[]): Map<number, number> {
  const first = new Map<number, number>();
  for (const { partition, offset } of positions) {
    first.set(partition, Math.min(offset, first.get(partition) ?? offset));
  }
  return first;
}
