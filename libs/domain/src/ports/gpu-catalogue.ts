import { Reader } from '../model/stored-metadata';

/** A GPU that is known with its rental price. */
export interface KnownGpu {
  readonly gpuIndex: number;
  readonly name: string;
  readonly pricePerHourUsd: number;
  /** When the price was last set. */
  readonly at: Date;
}

/** The GPUs with their prices. */
export abstract class GpuCatalogue {
  /**
   * All of them by index, then name.
   *
   * @throws ReadTimeout, StoreUnavailable, ReadsOverloaded — retriable; ReadsNotConfigured
   */
  abstract all(reader: Reader): Promise<readonly KnownGpu[]>;
}
