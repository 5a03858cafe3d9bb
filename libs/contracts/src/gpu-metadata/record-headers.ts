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

export const EVENT_TYPE = 'gpu-metadata.accepted.v1';
export const EVENT_SOURCE = '/processor-api';
export const RECORD_CONTENT_TYPE = 'application/json';
