import { mongo } from 'mongoose';
import { AppProcess } from '@libs/testing/app-process';
import type { Sink } from './sink';

/** Longer than any round: the hourly figures are not recounted meanwhile. */
const noRollUpsMs = '3600000';

/** The built metadata-worker with its default settings; it archives nothing and recounts nothing. */
export const workerSink: Sink = {
  name: 'ours',
  start: ({ kafkaBrokers, groupId, mongodbUri, database }) =>
    AppProcess.start('metadata-worker', {
      KAFKA_BROKERS: kafkaBrokers,
      KAFKA_GROUP_ID: groupId,
      MONGODB_URI: mongodbUri,
      MONGODB_DB: database,
      ROLLUP_INTERVAL_MS: noRollUpsMs,
      LOG_LEVEL: 'warn',
    }),
  embeddingOf: ({ embedding }) => vectorBytes(embedding as mongo.Binary),
};

/** The bytes behind the two that tell what a vector is made of. */
export function vectorBytes(embedding: mongo.Binary): Buffer {
  const vector = embedding.toFloat32Array();
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}
