import { deadLetterTopic, GPU_METADATA_TOPIC, GPU_METADATA_TOPICS } from './topic';

const DAY_MS = 86_400_000;

describe('The topics of gpu-metadata', () => {
  const [records, deadLetters] = GPU_METADATA_TOPICS;

  it('are the topic itself, with 6 partitions and 7 days, and its dead letters, with 30 days', () => {
    expect(records).toMatchObject({ name: 'gpu-metadata', partitions: 6 });
    expect(records?.config['retention.ms']).toBe(String(7 * DAY_MS));
    expect(deadLetters?.name).toBe('gpu-metadata.dlq');
    expect(deadLetters?.config['retention.ms']).toBe(String(30 * DAY_MS));
  });

  it("date their records by the broker's clock", () => {
    const types = GPU_METADATA_TOPICS.map(({ config }) => config['message.timestamp.type']);
    expect(types).toEqual(['LogAppendTime', 'LogAppendTime']);
  });

  it('leave a dead letter more room than the default max.message.bytes', () => {
    expect(Number(deadLetters?.config['max.message.bytes'])).toBeGreaterThan(1_048_588);
  });

  it('name the dead letters of any topic alike', () => {
    expect(deadLetterTopic(GPU_METADATA_TOPIC)).toBe(deadLetters?.name);
  });
});
