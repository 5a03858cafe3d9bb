export * from './in-memory-hourly-rollups';
export * from './in-memory-lineage-store';
export * from './in-memory-ports';
export * from './manual-event-publisher';
export * from './sample-lineage';
export * from './sample-metadata';
