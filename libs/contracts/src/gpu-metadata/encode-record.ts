import type { AcceptedMetadata, PackedEmbedding } from '@libs/domain';
import { eventHeaders, newTraceparent } from '../stream/record-headers';
import { SCHEMA_VERSION } from './record.dto';

const EVENT_TYPE = 'gpu-metadata.accepted.v1';

/** A record ready for the topic. */
export interface EncodedRecord {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
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
    headers: eventHeaders({ id: event.eventId, type: EVENT_TYPE, time: acceptedAt, traceparent }),
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
