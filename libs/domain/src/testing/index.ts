export * from './in-memory-ports';
export * from './sample-metadata';
