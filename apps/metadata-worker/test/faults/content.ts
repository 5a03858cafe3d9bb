import { createHash } from 'node:crypto';
import type { AcceptedMetadata, GpuDevice, GpuMetadata } from '@libs/domain';
import { packedJson } from '@libs/contracts';
import type { GpuMetadataDocument } from '../../src/adapters/mongo/gpu-metadata.document';

const FLOAT32_VECTOR_HEADER_BYTES = 2;

/** The body to post for `event`. */
export function bodyOf(event: GpuMetadata): string {
  return JSON.stringify({ ...event, embedding: packedJson(event.embedding) });
}

/** A hash over everything an accepted event says, the vector bit for bit. */
export function contentHash({ embedding, ...rest }: AcceptedMetadata): string {
  const bytes = new Uint8Array(embedding.buffer, embedding.byteOffset, embedding.byteLength);
  return createHash('sha256').update(JSON.stringify(rest, inOrderOfKeys)).update(bytes).digest('base64url');
}

/** The event a document tells of. */
export function eventOf(document: GpuMetadataDocument): AcceptedMetadata {
  const { _id: eventId, model, embedding, source, tags, attributes } = document;
  if (Array.isArray(embedding)) throw new Error('this suite stores vectors in binary form');
  const bytes = Uint8Array.from(embedding.value()).subarray(FLOAT32_VECTOR_HEADER_BYTES);
  const { memoryUtilization: _, ...gpu } = document.gpu;
  return {
    eventId,
    model,
    embedding: new Float32Array(Uint8Array.from(bytes).buffer),
    gpu: gpu satisfies GpuDevice,
    ...(source && { source }),
    tags,
    // The driver reads a map as an object.
    attributes: attributes as unknown as AcceptedMetadata['attributes'],
    capturedAt: document.capturedAt,
    acceptedAt: document.acceptedAt,
    producer: document.producer,
  };
}

function inOrderOfKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
