import { deadLetterTopic, GPU_METADATA_TOPIC } from '@libs/contracts';
import { eventually } from '@libs/testing/app-process';
import { ownName, testKafka } from '@libs/testing/test-stack';

const TOPIC = deadLetterTopic(GPU_METADATA_TOPIC);
const PARTITION = 0;
const LEADER_MS = 30_000;

/** The offset the next dead letter gets; 0 while the topic does not exist. */
export async function nextDeadLetter(): Promise<number> {
  const admin = testKafka().admin();
  await admin.connect();
  try {
    if (!(await admin.listTopics()).includes(TOPIC)) return 0;
    let next: string | undefined;
    // The leader of a topic just made may not know it yet.
    await eventually(async () => {
      next = (await admin.fetchTopicOffsets(TOPIC).catch(() => []))[0]?.high;
      return next !== undefined;
    }, LEADER_MS);
    return Number(next);
  } finally {
    await admin.disconnect();
  }
}

/** The eventIds of the dead letters from offset `from` on. */
export async function deadLetterIds(from: number): Promise<Set<string>> {
  const ids = new Set<string>();
  const end = await nextDeadLetter();
  if (end <= from) return ids;
  const consumer = testKafka().consumer({ groupId: ownName('letters'), maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  const read = Promise.withResolvers<undefined>();
  await consumer.run({
    eachMessage: ({ message: { offset, key } }) => {
      if (Number(offset) >= from) ids.add(String(key));
      if (Number(offset) >= end - 1) read.resolve(undefined);
      return Promise.resolve();
    },
  });
  consumer.seek({ topic: TOPIC, partition: PARTITION, offset: String(from) });
  await read.promise;
  await consumer.disconnect();
  return ids;
}
