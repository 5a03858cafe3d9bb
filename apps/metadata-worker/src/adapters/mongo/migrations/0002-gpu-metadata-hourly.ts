import { makeCollection, makeIndex, type Migration } from './migration';

/** Whole hours are read and rewritten by `_id.hour`: not every server looks a document `_id` up by its index. */
export const gpuMetadataHourly: Migration = {
  version: 2,
  name: 'gpu-metadata-hourly',
  steps: [
    makeCollection('gpu_metadata_hourly'),
    makeIndex('gpu_metadata_hourly', { '_id.hour': -1 }),
    makeIndex('gpu_metadata_hourly', { '_id.model': 1, '_id.hour': -1 }),
    makeIndex('gpu_metadata_hourly', { '_id.deviceName': 1, '_id.hour': -1 }),
  ],
};
