import { makeCollection, makeIndex, type Migration } from './migration';

export const lineage: Migration = {
  version: 3,
  name: 'lineage',
  steps: [
    makeCollection('gpu_metrics'),
    makeIndex('gpu_metrics', { ts: 1 }),
    makeIndex('gpu_metrics', { host: 1, gpu_index: 1 }),
    makeCollection('token_usage'),
    makeIndex('token_usage', { ts: 1 }),
    makeIndex('token_usage', { model: 1 }),
  ],
};
