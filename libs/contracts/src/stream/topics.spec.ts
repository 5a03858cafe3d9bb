import { ALL_TOPICS, RECORD_TOPICS, topicWithDeadLetters } from './topics';

const DAY_MS = 86_400_000;

describe(topicWithDeadLetters.name, () => {
  const [records, deadLetters] = topicWithDeadLetters('gpu-metadata');

  it('makes the topic itself, with 6 partitions and 7 days, and its dead letters, with 30 days', () => {
    expect(records).toMatchObject({ name: 'gpu-metadata', partitions: 6 });
    expect(records?.config['retention.ms']).toBe(String(7 * DAY_MS));
    expect(deadLetters?.name).toBe('gpu-metadata.dlq');
    expect(deadLetters?.config['retention.ms']).toBe(String(30 * DAY_MS));
  });

  it("dates records by the broker's clock", () => {
    const types = [records, deadLetters].map((topic) => topic?.config['message.timestamp.type']);
    expect(types).toEqual(['LogAppendTime', 'LogAppendTime']);
  });

  it('leaves a dead letter more room than the default max.message.bytes', () => {
    expect(Number(deadLetters?.config['max.message.bytes'])).toBeGreaterThan(1_048_588);
  });
});

describe('ALL_TOPICS', () => {
  it('has each topic of records, followed by its dead letters', () => {
    const names = ALL_TOPICS.map(({ name }) => name);
    expect(names).toEqual(RECORD_TOPICS.flatMap((name) => [name, `${name}.dlq`]));
    expect(names).toContain('token.usage.v1.dlq');
  });
});
