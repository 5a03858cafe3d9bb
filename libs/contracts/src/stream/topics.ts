/** How a topic is made where the apps may make it (KAFKA_TOPIC_CREATE). */
export interface TopicDefinition {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** A topic and its dead letters; records are dated by the broker, so that replay by time follows its clock. */
export function topicWithDeadLetters(name: string): readonly TopicDefinition[] {
  return [
    {
      name,
      partitions: 6,
      config: { 'message.timestamp.type': 'LogAppendTime', 'retention.ms': String(7 * DAY_MS) },
    },
    {
      name: deadLetterTopic(name),
      partitions: 1,
      // A record at the limit of its topic still fits once the dlq-* headers are added.
      config: {
        'message.timestamp.type': 'LogAppendTime',
        'retention.ms': String(30 * DAY_MS),
        'max.message.bytes': String(2 * 1024 * 1024),
      },
    },
  ];
}

/** The dead-letter topic of `topic`. */
export function deadLetterTopic(topic: string): string {
  return `${topic}.dlq`;
}

export const GPU_METADATA_TOPIC = 'gpu-metadata';
export const GPU_METADATA_TOPICS = topicWithDeadLetters(GPU_METADATA_TOPIC);

// Their versions are part of their names: what breaks one of these contracts is another topic.
export const GPU_METRICS_TOPIC = 'gpu.metrics.v1';
export const TOKEN_USAGE_TOPIC = 'token.usage.v1';

/** Every topic that holds records. */
export const RECORD_TOPICS = [GPU_METADATA_TOPIC, GPU_METRICS_TOPIC, TOKEN_USAGE_TOPIC];
/** What the apps make where they may: each of those topics, and its dead letters. */
export const ALL_TOPICS = RECORD_TOPICS.flatMap((name) => topicWithDeadLetters(name));
