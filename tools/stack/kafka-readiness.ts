import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';

const offsetsTopic = '__consumer_offsets'; // the one topic a broker makes by itself, so nothing is left behind

/** Resolves when topics can be listed, a producer gets its id and a consumer joins a group; rejects otherwise. */
export async function probeKafka(brokers: string): Promise<void> {
  const kafka = new Kafka({
    clientId: 'stack-readiness',
    brokers: brokers.split(','),
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2000,
    requestTimeout: 5000,
    retry: { retries: 5, initialRetryTime: 50, maxRetryTime: 500 }, // without one it refuses even a broker it just met
  });
  const groupId = `stack-readiness-${randomUUID()}`;
  const admin = kafka.admin();
  const producer = kafka.producer({ idempotent: true });
  try {
    await admin.connect();
    await admin.fetchOffsets({ groupId }); // makes the offsets topic on a new broker
    await admin.fetchTopicMetadata({ topics: [offsetsTopic] });
    await producer.connect();
    await joinGroup(kafka, groupId);
    await admin.deleteGroups([groupId]);
  } finally {
    await Promise.allSettled([producer.disconnect(), admin.disconnect()]);
  }
}

async function joinGroup(kafka: Kafka, groupId: string): Promise<void> {
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: 100,
    retry: { restartOnFailure: () => Promise.resolve(false) },
  });
  const crashes: Error[] = [];
  consumer.on(consumer.events.CRASH, ({ payload }) => crashes.push(payload.error));
  try {
    await consumer.connect();
    await consumer.subscribe({ topic: offsetsTopic });
    // Resolves once joined, and also after a crash. Left any earlier, the group would keep its member until a timeout.
    await consumer.run({ eachMessage: () => Promise.resolve() });
    if (crashes[0] !== undefined) throw crashes[0];
  } finally {
    await consumer.disconnect();
  }
}
