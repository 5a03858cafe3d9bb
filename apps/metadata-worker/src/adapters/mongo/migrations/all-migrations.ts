import { gpuMetadata } from './0001-gpu-metadata';
import { gpuMetadataHourly } from './0002-gpu-metadata-hourly';
import { lineage } from './0003-lineage';
import type { Migration } from './migration';

/** In the order in which they are made. */
export const ALL_MIGRATIONS: readonly Migration[] = [gpuMetadata, gpuMetadataHourly, lineage];
