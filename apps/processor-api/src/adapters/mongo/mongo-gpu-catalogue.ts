import { GpuCatalogue, type KnownGpu, type Reader } from '@libs/domain';
import type { ReadDatabase } from './read-database';

interface GpuDocument {
  readonly gpu_index: number;
  readonly name: string;
  readonly price_per_hour_usd: number;
  readonly ts: Date;
}

/** Far above what anybody rents. */
const MAX_GPUS = 1_000;

/** Reads `gpus`. */
export class MongoGpuCatalogue extends GpuCatalogue {
  constructor(private readonly database: ReadDatabase) {
    super();
  }

  all(reader: Reader): Promise<readonly KnownGpu[]> {
    return this.database.read('gpus', reader, async (database, timeoutMS) => {
      const sort = { gpu_index: 1, name: 1 } as const;
      const options = { sort, limit: MAX_GPUS, timeoutMS };
      const gpus = await database.collection<GpuDocument>('gpus').find({}, options).toArray();
      return gpus.map(({ gpu_index, name, price_per_hour_usd, ts }) => ({
        gpuIndex: gpu_index,
        name,
        pricePerHourUsd: price_per_hour_usd,
        at: ts,
      }));
    });
  }
}
