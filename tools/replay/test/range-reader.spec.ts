import type { Admin, Kafka } from 'kafkajs';
import { MetadataTopic } from '@libs/testing/metadata-topic';
import { ownName, testKafka } from '@libs/testing/test-stack';
import { readRanges } from '../range-reader';

describe(readRanges.name, () => {
  let kafka: Kafka;
  let admin: Admin;
  let topic: MetadataTopic;
  const name = ownName('ranges');
  const signal = new AbortController().signal;

  beforeAll(async () => {
    kafka = testKafka();
    admin = kafka.admin();
    await admin.connect();
    topic = await MetadataTopic.open(name);
    const messages = Array.from({ length: 10 }, (_, at) => ({ key: String(at), value: 'v' }));
    await topic.publish(0, messages);
    await topic.publish(1, messages);
    await admin.fetchTopicOffsets(name); // kafkajs does not look for the leader otherwise
    const partitions = [
      { partition: 0, offset: '4' },
      { partition: 1, offset: '10' },
    ];
    await admin.deleteTopicRecords({ topic: name, partitions });
  });
  afterAll(async () => {
    await topic.close();
    await admin.deleteTopics({ topics: [name] });
    await admin.disconnect();
  });

  it('reads what is left of a range and tells how much of it retention has taken, if all', async () => {
    const ranges = [
      { partition: 0, from: 2n, to: 7n },
      { partition: 1, from: 5n, to: 8n },
    ];
    const keys: string[] = [];
    const expired = await readRanges(kafka, { topic: name, ranges, signal }, (records) => {
      keys.push(...records.map(({ key }) => String(key)));
      return Promise.resolve();
    });
    expect(keys).toEqual(['4', '5', '6']);
    expect(expired).toBe(5n);
  });

  it('comes to the end of a range whose last offsets are marks of transactions', async () => {
    await topic.publishInTransactions(1, [[{ value: 'a' }], [{ value: 'b' }]]);
    const values: string[] = [];
    const ranges = [{ partition: 1, from: 10n, to: 14n }];
    await readRanges(kafka, { topic: name, ranges, signal }, (records) => {
      values.push(...records.map(({ value }) => String(value)));
      return Promise.resolve();
    });
    expect(values).toEqual(['a', 'b']);
  });

  it('throws what its taker throws and gives it nothing more', async () => {
    let calls = 0;
    const ranges = [{ partition: 0, from: 4n, to: 10n }];
    const slip = new Error('slip');
    const reading = readRanges(kafka, { topic: name, ranges, signal }, () => {
      calls += 1;
      return Promise.reject(slip);
    });
    await expect(reading).rejects.toBe(slip);
    expect(calls).toBe(1);
  });

  it('reads nothing of empty ranges', async () => {
    const ranges = [{ partition: 1, from: 10n, to: 10n }];
    await expect(
      readRanges(kafka, { topic: name, ranges, signal }, () => Promise.reject(new Error('not empty'))),
    ).resolves.toBe(0n);
  });
});
