import { mongo } from 'mongoose';
import type { AttributeValue, GpuDevice, RecordedMetadata, Source } from '@libs/domain';
import { toStoredFields } from '@libs/platform';
import type { EmbeddingStorage } from '../../config';

export const DOCUMENT_SCHEMA_VERSION = 1;

/** What a vector is made of, and how many bits of its last byte are void. */
const VECTOR_HEAD_BYTES = 2;

/** A document of `gpu_metadata`; `_id` is the eventId. */
export interface GpuMetadataDocument {
  readonly _id: string;
  readonly schemaVersion: number;
  readonly model: string;
  readonly embedding: mongo.Binary | mongo.Double[];
  readonly embeddingDimension: number;
  readonly embeddingNorm: number;
  readonly gpu: GpuDevice & { readonly memoryUtilization: number | null };
  readonly source?: Source;
  readonly tags: readonly string[];
  /**
   * By the names of `toStoredFields`. A Map, because the driver takes an object with a key `_bsontype` for one of its
   * own types.
   */
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  readonly producer: { readonly keyId: string | null };
  readonly capturedAt: Date;
  readonly acceptedAt: Date;
  readonly processedAt: Date;
  readonly pipeline: {
    readonly tags: readonly string[];
    readonly topic: string;
    readonly partition: number;
    readonly offset: bigint;
    readonly workerVersion: string;
    readonly ingestLatencyMs: number | null;
  };
}

export function toDocument(record: RecordedMetadata, storage: EmbeddingStorage): GpuMetadataDocument {
  const { topic, partition, offset } = record.pipeline.position;
  return {
    _id: record.eventId,
    schemaVersion: DOCUMENT_SCHEMA_VERSION,
    model: record.model,
    embedding: storeEmbedding(record.embedding, storage),
    embeddingDimension: record.embeddingDimension,
    embeddingNorm: record.embeddingNorm,
    gpu: { ...record.gpu, memoryUtilization: record.memoryUtilization },
    ...(record.source && { source: record.source }),
    tags: record.tags,
    attributes: new Map(toStoredFields(record.attributes)),
    producer: { keyId: record.producer.keyId },
    capturedAt: record.capturedAt,
    acceptedAt: record.acceptedAt,
    processedAt: record.processedAt,
    pipeline: {
      tags: record.pipeline.tags,
      topic,
      partition,
      offset,
      workerVersion: record.pipeline.workerVersion,
      ingestLatencyMs: record.pipeline.ingestLatencyMs,
    },
  };
}

/** What `Binary.fromFloat32Array` makes, without clearing the bytes first, which costs more than to copy them. */
function vectorBinary(vector: Float32Array): mongo.Binary {
  const bytes = Buffer.allocUnsafeSlow(VECTOR_HEAD_BYTES + vector.byteLength);
  bytes[0] = mongo.Binary.VECTOR_TYPE.Float32;
  bytes[1] = 0;
  bytes.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), VECTOR_HEAD_BYTES);
  return new mongo.Binary(bytes, mongo.Binary.SUBTYPE_VECTOR);
}

function storeEmbedding(vector: Float32Array, storage: EmbeddingStorage): GpuMetadataDocument['embedding'] {
  switch (storage) {
    case 'vector':
      return vectorBinary(vector);
    case 'binary':
      return new mongo.Binary(Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength));
    case 'array':
      // Whole numbers would become int32 among doubles.
      return Array.from(vector, (value) => new mongo.Double(value));
  }
}
