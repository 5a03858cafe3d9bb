import { mongo } from 'mongoose';
import type { AttributeValue, GpuDevice, Source, StoredMetadata } from '@libs/domain';
import { fromStoredFields } from '@libs/platform';

/** Fields of `gpu` that documents of earlier versions lack. */
type LaterGpuField = 'backend' | 'driverVersion' | 'hipVersion';

/** A document of `gpu_metadata` as the driver reads it; `_id` is the eventId. */
export interface StoredMetadataDocument {
  readonly _id: string;
  readonly model: string;
  /** Not there where the query leaves it out. */
  readonly embedding?: StoredEmbedding;
  readonly embeddingDimension: number;
  readonly embeddingNorm: number;
  readonly gpu: Omit<GpuDevice, LaterGpuField> &
    Partial<Pick<GpuDevice, LaterGpuField>> & { readonly memoryUtilization: number | null };
  readonly source?: Source;
  readonly tags: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly producer: { readonly keyId: string | null };
  readonly capturedAt: Date;
  readonly acceptedAt: Date;
  readonly processedAt: Date;
  readonly pipeline: {
    readonly tags: readonly string[];
    readonly topic: string;
    readonly partition: number;
    /** A Long past 2^53. */
    readonly offset: number | mongo.Long;
    readonly workerVersion: string;
    readonly ingestLatencyMs: number | null;
  };
}

export function documentsOf(database: mongo.Db): mongo.Collection<StoredMetadataDocument> {
  return database.collection<StoredMetadataDocument>('gpu_metadata');
}

/** The forms of EMBEDDING_STORAGE: Binary of subtype 9 (a vector) or 0 (plain f32le), or an array of doubles. */
export type StoredEmbedding = mongo.Binary | readonly number[];

export function toStoredMetadata(document: StoredMetadataDocument): StoredMetadata {
  const { _id, embedding, gpu, pipeline, source, ...same } = document;
  const { memoryUtilization, backend = null, driverVersion = null, hipVersion = null, ...device } = gpu;
  const { topic, partition, offset, ...processing } = pipeline;
  return {
    eventId: _id,
    model: same.model,
    ...(embedding && { embedding: toVector(embedding) }),
    embeddingDimension: same.embeddingDimension,
    embeddingNorm: same.embeddingNorm,
    gpu: { ...device, backend, driverVersion, hipVersion },
    memoryUtilization,
    ...(source && { source }),
    tags: same.tags,
    attributes: fromStoredFields(same.attributes),
    producer: same.producer,
    capturedAt: same.capturedAt,
    acceptedAt: same.acceptedAt,
    processedAt: same.processedAt,
    pipeline: { ...processing, position: { topic, partition, offset: BigInt(offset.toString()) } },
  };
}

/** The vector of any of the stored forms, in memory of its own: a view would hold the whole answer it came in. */
export function toVector(embedding: StoredEmbedding): Float32Array {
  if (!(embedding instanceof mongo.Binary)) return Float32Array.from(embedding);
  if (embedding.sub_type === mongo.Binary.SUBTYPE_VECTOR) return embedding.toFloat32Array();
  const bytes = Uint8Array.from(embedding.value());
  return new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4));
}
