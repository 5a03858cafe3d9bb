import type { AcceptedMetadata } from '@libs/domain';
import { packEmbedding } from '../gpu-metadata/embedding';
import { encodeRecord, type EncodedRecord } from '../gpu-metadata/encode-record';

/** The record of an event whose embedding is at hand as numbers. */
export function encodedRecord(event: AcceptedMetadata, traceparent?: string): EncodedRecord {
  return encodeRecord({ ...event, embedding: packEmbedding(event.embedding) }, traceparent);
}
