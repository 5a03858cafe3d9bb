import { randomBytes } from 'node:crypto';
import type { AcceptedMetadata } from '@libs/domain';
import { packEmbedding } from './embedding';
import { EVENT_SOURCE, EVENT_TYPE, RECORD_CONTENT_TYPE, RECORD_HEADERS } from './record-headers';
import { SCHEMA_VERSION } from './record.dto';

/** A record ready for the topic. */
export interface EncodedRecord {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

interface CloudEvent {
  readonly id: string;
  readonly type: string;
  /** RFC 3339. */
  readonly time: string;
}

/** The record of an accepted event; without a `traceparent` a trace begins here (W3C Trace Context, level 1). */
export function encodeRecord(event: AcceptedMetadata, traceparent = newTraceparent()): EncodedRecord {
  const acceptedAt = event.acceptedAt.toISOString();
  const value = {
    schemaVersion: SCHEMA_VERSION,
    eventId: event.eventId,
    model: event.model,
    embedding: packEmbedding(event.embedding),
    gpu: event.gpu,
    capturedAt: event.capturedAt.toISOString(),
    acceptedAt,
    source: event.source,
    tags: event.tags,
    attributes: event.attributes,
    producer: { keyId: event.producer.keyId },
  };
  return {
    key: Buffer.from(event.eventId),
    value: Buffer.from(JSON.stringify(value)),
    headers: {
      ...cloudEventHeaders({ id: event.eventId, type: EVENT_TYPE, time: acceptedAt }),
      [RECORD_HEADERS.traceparent]: traceparent,
    },
  };
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
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
}
