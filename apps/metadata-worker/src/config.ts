import { registerAs } from '@nestjs/config';
import { mongo } from 'mongoose';
import { z } from 'zod';
import {
  choice,
  integer,
  isLoopbackHost,
  kafkaFaults,
  kafkaSettings,
  list,
  optionalInteger,
  processSettings,
  readSettings,
  toKafkaSettings,
  type KafkaSettings,
} from '@libs/platform';

const MIB = 1024 * 1024;
export const EMBEDDING_STORAGES = ['vector', 'binary', 'array'] as const;
export type EmbeddingStorage = (typeof EMBEDDING_STORAGES)[number];

const schema = z.object({
  ...processSettings,
  ...kafkaSettings,
  PORT: integer(0, 65_535, 8001),
  KAFKA_GROUP_ID: z.string().default('metadata-worker'),
  // The broker's own minimum is 6 s; a worker that was killed blocks its group that long.
  KAFKA_SESSION_TIMEOUT_MS: integer(6_000, 300_000, 10_000),
  MONGODB_URI: z
    .string()
    .refine(isConnectionString, { error: 'must be a connection string of MongoDB with options it knows' })
    .default('mongodb://127.0.0.1:27017/?directConnection=true'),
  MONGODB_DB: z.string().default('ca4'),
  BATCH_MAX_RECORDS: integer(1, 10_000, 200),
  BATCH_MAX_BYTES: integer(MIB, 64 * MIB, 4 * MIB),
  EMBEDDING_STORAGE: choice(EMBEDDING_STORAGES, 'vector'),
  PIPELINE_TAGS: list([]),
  RETENTION_DAYS: optionalInteger(1, 3_650),
  ROLLUP_INTERVAL_MS: integer(100, 3_600_000, 60_000),
});

/** The driver's own words would repeat the string, password and all. */
function isConnectionString(uri: string): boolean {
  try {
    new mongo.MongoClient(uri);
    return true;
  } catch {
    return false;
  }
}

export interface DatabaseSettings {
  readonly uri: string;
  readonly name: string;
}

export interface WorkerConfig {
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  readonly shutdownGraceMs: number;
  readonly kafka: KafkaSettings;
  readonly consumer: {
    readonly groupId: string;
    readonly sessionTimeoutMs: number;
    readonly maxRecords: number;
    readonly maxBytes: number;
  };
  readonly database: DatabaseSettings;
  readonly embeddingStorage: EmbeddingStorage;
  readonly pipelineTags: readonly string[];
  /** Undefined: documents are kept for ever. */
  readonly retentionDays: number | undefined;
  readonly rollupIntervalMs: number;
}

/** The configuration of the process; @throws ConfigurationFault */
export const workerConfig = registerAs('metadataWorker', (): WorkerConfig => {
  const env = readSettings(schema, process.env, kafkaFaults);
  return Object.freeze({
    host: env.HOST,
    port: env.PORT,
    logLevel: env.LOG_LEVEL,
    shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
    kafka: toKafkaSettings(env, 'metadata-worker', isLoopbackHost(env.HOST)),
    consumer: {
      groupId: env.KAFKA_GROUP_ID,
      sessionTimeoutMs: env.KAFKA_SESSION_TIMEOUT_MS,
      maxRecords: env.BATCH_MAX_RECORDS,
      maxBytes: env.BATCH_MAX_BYTES,
    },
    database: { uri: env.MONGODB_URI, name: env.MONGODB_DB },
    embeddingStorage: env.EMBEDDING_STORAGE,
    pipelineTags: env.PIPELINE_TAGS,
    retentionDays: env.RETENTION_DAYS,
    rollupIntervalMs: env.ROLLUP_INTERVAL_MS,
  });
});
