import { randomFillSync } from 'node:crypto';
import type { AcceptedMetadata, PackedEmbedding } from '@libs/domain';
import { EVENT_SOURCE, EVENT_TYPE, RECORD_CONTENT_TYPE, RECORD_HEADERS } from './record-headers';
import { SCHEMA_VERSION } from './record.dto';

/** A record ready for the topic. */
export interface EncodedRecord {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Of a trace and of a span. */
const TRACEPARENT_BYTES = 16 + 8;
/** In stock: to ask the system for a few bytes costs as much as for many. */
const RANDOM = Buffer.alloc(256 * TRACEPARENT_BYTES);
let randomAt = RANDOM.length;

interface CloudEvent {
  readonly id: string;
  readonly type: string;
  /** RFC 3339. */
  readonly time: string;
}

/**
 * The record of an accepted event; without a `traceparent` a trace begins here (W3C Trace Context, level 1).
 *
 * @param allocate gives the memory of the value
 */
export function encodeRecord(
  event: AcceptedMetadata<PackedEmbedding>,
  traceparent = newTraceparent(),
  allocate = (bytes: number): Buffer => Buffer.allocUnsafeSlow(bytes),
): EncodedRecord {
  const acceptedAt = event.acceptedAt.toISOString();
  return {
    key: Buffer.from(event.eventId),
    value: valueOf(event, acceptedAt, allocate),
    headers: {
      ...cloudEventHeaders({ id: event.eventId, type: EVENT_TYPE, time: acceptedAt }),
      [RECORD_HEADERS.traceparent]: traceparent,
    },
  };
}

/** The text around the vector is small; the vector's own is written between as it is, for base64 needs no escapes. */
function valueOf(
  event: AcceptedMetadata<PackedEmbedding>,
  acceptedAt: string,
  allocate: (bytes: number) => Buffer,
): Buffer {
  const { encoding, dimension, data } = event.embedding;
  const first = { schemaVersion: SCHEMA_VERSION, eventId: event.eventId, model: event.model };
  const rest = {
    gpu: event.gpu,
    capturedAt: event.capturedAt.toISOString(),
    acceptedAt,
    source: event.source,
    tags: event.tags,
    attributes: event.attributes,
    producer: { keyId: event.producer.keyId },
  };
  const before = `${JSON.stringify(first).slice(0, -1)},"embedding":{"encoding":"${encoding}","dimension":${dimension},"data":"`;
  const behind = `"},${JSON.stringify(rest).slice(1)}`;
  const value = allocate(Buffer.byteLength(before) + data.length + Buffer.byteLength(behind));
  const at = value.write(before);
  value.set(data, at);
  value.write(behind, at + data.length);
  return value;
}

/** What each record of the API tells of itself. */
export function cloudEventHeaders({ id, type, time }: CloudEvent): Record<string, string> {
  return {
    [RECORD_HEADERS.specVersion]: '1.0',
    [RECORD_HEADERS.id]: id,
    [RECORD_HEADERS.type]: type,
    [RECORD_HEADERS.source]: EVENT_SOURCE,
    [RECORD_HEADERS.time]: time,
    [RECORD_HEADERS.contentType]: RECORD_CONTENT_TYPE,
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
