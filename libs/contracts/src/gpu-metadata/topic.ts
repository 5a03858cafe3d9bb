/** How a topic is made where the apps may make it (KAFKA_TOPIC_CREATE). */
export interface TopicDefinition {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

const DAY_MS = 24 * 60 * 60 * 1000;

export const GPU_METADATA_TOPIC = 'gpu-metadata';

/** Records are dated by the broker, so that replay by time follows the broker's clock. */
export const GPU_METADATA_TOPICS: readonly TopicDefinition[] = [
  {
    name: GPU_METADATA_TOPIC,
    partitions: 6,
    config: { 'message.timestamp.type': 'LogAppendTime', 'retention.ms': String(7 * DAY_MS) },
  },
  {
    name: deadLetterTopic(GPU_METADATA_TOPIC),
    partitions: 1,
    // A record at the limit of its topic still fits once the dlq-* headers are added.
    config: {
      'message.timestamp.type': 'LogAppendTime',
      'retention.ms': String(30 * DAY_MS),
      'max.message.bytes': String(2 * 1024 * 1024),
    },
  },
];

/** The dead-letter topic of `topic`. */
export function deadLetterTopic(topic: string): string {
  return `${topic}.dlq`;
}
