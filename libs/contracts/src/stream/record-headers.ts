import { randomFillSync } from 'node:crypto';
import { UnreadableRecord, type RawRecord, type StreamPosition } from '@libs/domain';

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

/** Headers that a record on `gpu-metadata` must carry. */
export const REQUIRED_HEADERS: readonly string[] = Object.values(RECORD_HEADERS).filter(
  (name) => name !== RECORD_HEADERS.traceparent,
);

/** Header of a lineage record that was posted with an API key: the id of that key. */
export const PRODUCER_KEY_ID = 'producer-key-id';

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
  /** The letter stands for all records from `dlq-offset` to this one: none of them could be read. */
  lastOffset: 'dlq-last-offset',
  /** Which of key, headers and value are not whole: the letter is no copy of the record. */
  truncated: 'dlq-truncated',
} as const;

/** Of a trace and of a span. */
const TRACEPARENT_BYTES = 16 + 8;
/** In stock: to ask the system for a few bytes costs as much as for many. */
const RANDOM = Buffer.alloc(256 * TRACEPARENT_BYTES);
let randomAt = RANDOM.length;

interface PublishedEvent {
  readonly id: string;
  readonly type: string;
  /** RFC 3339. */
  readonly time: string;
  readonly traceparent: string;
}

/** The headers of every record that the API publishes. */
export function eventHeaders({ id, type, time, traceparent }: PublishedEvent): Record<string, string> {
  return {
    [RECORD_HEADERS.specVersion]: '1.0',
    [RECORD_HEADERS.id]: id,
    [RECORD_HEADERS.type]: type,
    [RECORD_HEADERS.source]: '/processor-api',
    [RECORD_HEADERS.time]: time,
    [RECORD_HEADERS.contentType]: 'application/json',
    [RECORD_HEADERS.traceparent]: traceparent,
  };
}

export function newTraceparent(): string {
  if (randomAt === RANDOM.length) {
    randomFillSync(RANDOM);
    randomAt = 0;
  }
  const hex = RANDOM.toString('hex', randomAt, (randomAt += TRACEPARENT_BYTES));
  return `00-${hex.slice(0, 32)}-${hex.slice(32)}-00`;
}

/**
 * Where a replayed record was first published; undefined for a record that is no replay.
 *
 * @throws UnreadableRecord `missing_header` — some of the three headers are missing or broken
 */
export function readOrigin(record: RawRecord): StreamPosition | undefined {
  const topic = headerText(record, ORIGIN_HEADERS.topic);
  const partition = headerText(record, ORIGIN_HEADERS.partition);
  const offset = headerText(record, ORIGIN_HEADERS.offset);
  if (topic === undefined && partition === undefined && offset === undefined) return undefined;
  if (!topic || !/^\d{1,9}$/.test(partition ?? '') || !/^\d{1,18}$/.test(offset ?? '')) {
    throw new UnreadableRecord('missing_header', `needs all of ${Object.values(ORIGIN_HEADERS).join(', ')}`);
  }
  return { topic, partition: Number(partition), offset: BigInt(offset!) };
}

/** A header that is there once, as text. */
export function headerText(record: RawRecord, name: string): string | undefined {
  const value = record.headers[name];
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : undefined;
}
