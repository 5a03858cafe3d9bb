import type { Admin, Kafka } from 'kafkajs';
import { KafkaDeadLetterCounts } from './kafka-dead-letter-counts';

type Offsets = { partition: number; offset: string; high: string; low: string }[];

describe(KafkaDeadLetterCounts.name, () => {
  let asked: string[];
  let connections: number;
  let topics: string[];
  let unhealthyReason: string | undefined;
  let answer: (topic: string) => Promise<Offsets>;
  let counts: KafkaDeadLetterCounts;

  beforeEach(() => {
    jest.useFakeTimers();
    asked = [];
    connections = 0;
    topics = ['a.dlq', 'b.dlq', 'other'];
    unhealthyReason = undefined;
    answer = () => Promise.resolve([offsets(0, 0, 12), offsets(1, 40, 43)]);
    const admin: Partial<Admin> = {
      connect: () => Promise.resolve(void (connections += 1)),
      disconnect: () => Promise.resolve(),
      listTopics: () => Promise.resolve(topics),
      fetchTopicOffsets: (topic) => {
        asked.push(topic);
        return answer(topic);
      },
    };
    counts = new KafkaDeadLetterCounts({ admin: () => admin } as unknown as Kafka, {
      topics: ['a.dlq', 'b.dlq'],
      kafkaUnhealthyReason: () => unhealthyReason,
    });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('counts what lies between the first and the last offset of all partitions', async () => {
    expect(await counts.counts()).toEqual({ 'a.dlq': 15, 'b.dlq': 15 });
  });

  it('makes no connection before somebody asks', async () => {
    expect(connections).toBe(0);
    await counts.counts();
    expect(connections).toBe(1);
  });

  it('asks Kafka once, however many ask within ten seconds', async () => {
    await Promise.all(Array.from({ length: 500 }, () => counts.counts()));
    jest.advanceTimersByTime(9_900);
    await counts.counts();
    expect(asked).toEqual(['a.dlq', 'b.dlq']);
    jest.advanceTimersByTime(200);
    await counts.counts();
    expect(asked).toHaveLength(4);
  });

  it('does not ask for a topic that Kafka does not have, and knows the others', async () => {
    topics = ['b.dlq', 'c.dlq'];
    expect(await counts.counts()).toEqual({ 'a.dlq': null, 'b.dlq': 15 });
    expect(asked).toEqual(['b.dlq']);
  });

  it('knows what it counted before Kafka failed', async () => {
    answer = (topic) =>
      topic === 'b.dlq' ? Promise.reject(new Error('no leader')) : Promise.resolve([offsets(0, 0, 2)]);
    expect(await counts.counts()).toEqual({ 'a.dlq': 2, 'b.dlq': null });
  });

  it('waits two seconds for a broker that does not answer', async () => {
    answer = () => new Promise(() => undefined);
    const unanswered = counts.counts();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(await unanswered).toEqual({ 'a.dlq': null, 'b.dlq': null });
  });

  it('does not ask a Kafka that is known not to be usable', async () => {
    unhealthyReason = 'no broker';
    expect(await counts.counts()).toEqual({ 'a.dlq': null, 'b.dlq': null });
    expect(connections).toBe(0);
    unhealthyReason = undefined;
    expect(await counts.counts()).toEqual({ 'a.dlq': 15, 'b.dlq': 15 });
  });
});

function offsets(partition: number, low: number, high: number): Offsets[number] {
  return { partition, offset: String(high), high: String(high), low: String(low) };
}
