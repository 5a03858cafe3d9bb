import { randomUUID } from 'node:crypto';
import { mongo } from 'mongoose';

export const DIMENSION = 2_048;

export type BenchDocument = mongo.Document & { readonly _id: string; readonly model: string };

/** A document as the worker writes it, one of a hundred of a rare model. */
export function benchDocument(at: Date, index: number): BenchDocument {
  const vector = Float32Array.from({ length: DIMENSION }, Math.random);
  return {
    _id: randomUUID(),
    schemaVersion: 1,
    model: index % 100 === 0 ? 'rare' : 'resnet50',
    embedding: mongo.Binary.fromFloat32Array(vector),
    embeddingDimension: DIMENSION,
    embeddingNorm: 1,
    gpu: { deviceName: 'Tesla T4', totalMemoryBytes: 4, allocatedMemoryBytes: 1, memoryUtilization: 0.25 },
    tags: index % 2 === 0 ? ['even'] : [],
    attributes: {},
    producer: { keyId: null },
    capturedAt: at,
    acceptedAt: at,
    processedAt: at,
    pipeline: {
      tags: [],
      topic: 'gpu-metadata',
      partition: 0,
      offset: 1,
      workerVersion: '0',
      ingestLatencyMs: 1,
    },
  };
}
