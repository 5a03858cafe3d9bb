import { mongo } from 'mongoose';
import type { GpuMetadataDocument } from '../src/adapters/mongo/gpu-metadata.document';
import { MongoMetadataStore } from '../src/adapters/mongo/mongo-metadata-store';
import { EMBEDDING_STORAGES, type EmbeddingStorage } from '../src/config';
import { recordedMetadata } from './recorded-events';
import { connectDatabase, ownName } from '@libs/testing/test-stack';

const FLOAT32_VECTOR = Buffer.from([0x27, 0x00]);
const EDGE_VALUES = [-0, 0, 1, -1, 0.1, 1e-45, -3.4028234663852886e38, 3.4028234663852886e38, 16_777_217];

/** A vector that begins in the middle of its buffer, as one decoded from a larger message may. */
function vectorOf(dimension: number): Float32Array {
  const vector = new Float32Array(new ArrayBuffer(4 * (dimension + 3)), 12, dimension);
  const valueAt = (at: number): number => EDGE_VALUES[at] ?? Math.sin(at) * 10 ** ((at % 60) - 30);
  for (let at = 0; at < dimension; at++) vector[at] = valueAt(at);
  return vector;
}

function bytesOf(vector: Float32Array): Buffer {
  const bytes = Buffer.alloc(4 * vector.length);
  vector.forEach((value, at) => bytes.writeFloatLE(value, 4 * at));
  return bytes;
}

describe('the stored embedding', () => {
  let client: mongo.MongoClient;
  const database = ownName('embedding_test');
  const stored = async (
    vector: Float32Array,
    storage: EmbeddingStorage,
  ): Promise<GpuMetadataDocument['embedding']> => {
    const collection = client.db(database).collection<GpuMetadataDocument>('gpu_metadata');
    const record = recordedMetadata({ embedding: vector, embeddingDimension: vector.length });
    await new MongoMetadataStore(() => collection, storage).upsert([record]);
    return (await collection.findOne({ _id: record.eventId }))!.embedding;
  };

  beforeAll(async () => {
    client = await connectDatabase();
  });
  afterAll(async () => {
    await client.db(database).dropDatabase();
    await client.close();
  });

  describe.each(EMBEDDING_STORAGES)('as %s', (storage) => {
    it.each([1, 2048, 8192])('keeps every bit of %d values', async (dimension) => {
      const vector = vectorOf(dimension);
      const embedding = await stored(vector, storage);
      if (Array.isArray(embedding)) {
        expect(storage).toBe('array');
        expect(embedding).toHaveLength(dimension);
        expect(bytesOf(Float32Array.from(embedding)).equals(bytesOf(vector))).toBe(true);
        expect(embedding.every((value, at) => Object.is(value, vector[at]))).toBe(true);
        return;
      }
      const expected = storage === 'vector' ? [FLOAT32_VECTOR, bytesOf(vector)] : [bytesOf(vector)];
      expect(embedding.sub_type).toBe(storage === 'vector' ? 9 : 0);
      expect(Buffer.from(embedding.value()).equals(Buffer.concat(expected))).toBe(true);
    });
  });
});
