/** CloudEvents 1.0 Kafka binding, binary mode (section 3.2), and W3C Trace Context. */
export const RECORD_HEADERS = {
  specVersion: 'ce_specversion',
  id: 'ce_id',
  type: 'ce_type',
  source: 'ce_source',
  time: 'ce_time',
  contentType: 'content-type',
  traceparent: 'traceparent',
} as const;

/** Headers a record must carry. */
export const REQUIRED_HEADERS: readonly string[] = [
  RECORD_HEADERS.specVersion,
  RECORD_HEADERS.id,
  RECORD_HEADERS.type,
  RECORD_HEADERS.source,
  RECORD_HEADERS.time,
  RECORD_HEADERS.contentType,
];

/** Headers of a replayed record: where it was first published. */
export const ORIGIN_HEADERS = {
  topic: 'origin-topic',
  partition: 'origin-partition',
  offset: 'origin-offset',
} as const;

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

export const EVENT_TYPE = 'gpu-metadata.accepted.v1';
export const EVENT_SOURCE = '/processor-api';
export const RECORD_CONTENT_TYPE = 'application/json';
