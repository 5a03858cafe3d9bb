import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import { decodeRecord, GPU_METADATA_TOPIC } from '@libs/contracts';
import type { AcceptedMetadata } from '@libs/domain';
import { toRawRecord } from '@libs/platform';

/** Every record of the topic, decoded. */
export async function publishedRecords(kafka: Kafka): Promise<AcceptedMetadata[]> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(GPU_METADATA_TOPIC);
  await admin.disconnect();
  const left = new Map(
    ends.filter(({ high }) => high !== '0').map(({ partition, high }) => [partition, BigInt(high)]),
  );
  const records: AcceptedMetadata[] = [];
  if (left.size === 0) return records;
  const consumer = kafka.consumer({ groupId: `published-${randomUUID()}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic: GPU_METADATA_TOPIC, fromBeginning: true });
  const read = Promise.withResolvers<undefined>();
  await consumer.run({
    autoCommit: false,
    eachMessage: ({ partition, message }) => {
      records.push(decodeRecord(toRawRecord(GPU_METADATA_TOPIC, partition, message)).metadata);
      if (BigInt(message.offset) + 1n === left.get(partition)) left.delete(partition);
      if (left.size === 0) read.resolve(undefined);
      return Promise.resolve();
    },
  });
  await read.promise;
  await consumer.disconnect();
  return records;
}
