import { mongo } from 'mongoose';
import { derivedValues } from '@libs/domain';
import { toDocument } from '../../apps/metadata-worker/src/adapters/mongo/gpu-metadata.document';
import { ALL_MIGRATIONS } from '../../apps/metadata-worker/src/adapters/mongo/migrations/all-migrations';
import { Migrator } from '../../apps/metadata-worker/src/adapters/mongo/migrations/migrator';

const BATCH = 500;
const MODELS = ['resnet50', 'resnet101', 'vit-b16'] as const;
const DEVICES = ['Tesla T4', 'NVIDIA A100-SXM4-40GB', 'cpu'] as const;

type Stored = mongo.Document & { readonly _id: string };

/** Fills the database `name` with `vectors` as the worker would: one capture a second, the last one now. */
export async function loadVectors(
  client: mongo.MongoClient,
  name: string,
  vectors: readonly Float32Array[],
): Promise<void> {
  const database = client.db(name);
  const documents = database.collection<Stored>('gpu_metadata');
  const firstCaptureMs = Date.now() - vectors.length * 1_000;
  const migrator = new Migrator(database, ALL_MIGRATIONS);
  for (const migration of await migrator.pending()) await migrator.make(migration, () => Promise.resolve());
  for (let at = 0; at < vectors.length; at += BATCH) {
    const batch = vectors
      .slice(at, at + BATCH)
      .map((vector, i) => documentOf(at + i, vector, new Date(firstCaptureMs + (at + i) * 1_000)));
    await documents.insertMany(batch, { ordered: false });
  }
}

/** The eventId of the vector at a place. */
export function eventIdOf(at: number): string {
  return `00000000-0000-7000-8000-${String(at).padStart(12, '0')}`;
}

function documentOf(at: number, embedding: Float32Array, capturedAt: Date): Stored {
  const event = {
    eventId: eventIdOf(at),
    model: MODELS[at % MODELS.length]!,
    embedding,
    gpu: {
      deviceName: DEVICES[at % DEVICES.length]!,
      backend: null,
      totalMemoryBytes: 15_843_721_216,
      allocatedMemoryBytes: 102_760_448,
      computeCapability: '7.5',
      driverVersion: null,
      cudaVersion: '12.4',
      hipVersion: null,
      torchVersion: '2.6.0',
    },
    capturedAt,
    acceptedAt: capturedAt,
    tags: ['bench'],
    attributes: {},
    producer: { keyId: 'bench' },
  };
  const position = { topic: 'gpu-metadata', partition: 0, offset: BigInt(at) };
  const pipeline = { tags: [], position, workerVersion: '0', ingestLatencyMs: 1 };
  const record = { ...event, ...derivedValues(event), processedAt: capturedAt, pipeline };
  return toDocument(record, 'vector');
}
