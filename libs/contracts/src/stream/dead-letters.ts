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
  /** The letter stands for all records from `dlq-offset` to this one: none of them could be read. */
  lastOffset: 'dlq-last-offset',
  /** Which of key, headers and value are not whole: the letter is no copy of the record. */
  truncated: 'dlq-truncated',
} as const;
