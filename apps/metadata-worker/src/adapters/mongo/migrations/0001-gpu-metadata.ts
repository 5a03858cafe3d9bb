import { makeCollection, makeIndex, type Migration, type MigrationStep } from './migration';

interface Gpu {
  readonly gpu_index: number;
  readonly name: string;
  readonly price_per_hour_usd: number;
}

/** The documents, and the known GPUs with a typical rental price, so that cost can be told from the first day. */
export const gpuMetadata: Migration = {
  version: 1,
  name: 'gpu-metadata',
  steps: [
    makeCollection('gpu_metadata'),
    makeIndex('gpu_metadata', { capturedAt: -1, _id: -1 }),
    makeIndex('gpu_metadata', { model: 1, capturedAt: -1 }),
    makeIndex('gpu_metadata', { 'gpu.deviceName': 1, capturedAt: -1 }),
    makeIndex('gpu_metadata', { tags: 1, capturedAt: -1 }),
    makeCollection('gpus'),
    makeIndex('gpus', { name: 1 }),
    makeIndex('gpus', { gpu_index: 1 }),
    seedGpu({ gpu_index: 0, name: 'RTX 3090', price_per_hour_usd: 0.22 }),
    seedGpu({ gpu_index: 1, name: 'A100 40GB', price_per_hour_usd: 1.1 }),
  ],
};

/** A price that was corrected by hand stays. */
function seedGpu({ name, ...rest }: Gpu): MigrationStep {
  return {
    title: `gpu ${name}`,
    apply: async (database) => {
      const inserted = { ...rest, ts: new Date() };
      await database.collection('gpus').updateOne({ name }, { $setOnInsert: inserted }, { upsert: true });
    },
  };
}
