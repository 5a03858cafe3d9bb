/** The dead-letter topic of `topic`. */
export function deadLetterTopic(topic: string): string {
  return `${topic}.dlq`;
}

/** Headers a dead letter carries besides the record's own. */
export const DEAD_LETTER_HEADERS = {
  code: 'dlq-code',
  message: 'dlq-message',
  topic: 'dlq-topic',
  partition: 'dlq-partition',
  offset: 'dlq-offset',
  attempts: 'dlq-attempts',
  failedAt: 'dlq-failed-at',
} as const;
