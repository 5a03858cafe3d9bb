import type { BlockList } from 'node:net';
import { registerAs } from '@nestjs/config';
import { z } from 'zod';
import {
  choice,
  choices,
  connectionString,
  integer,
  isLoopbackHost,
  kafkaFaults,
  kafkaSettings,
  list,
  optionalInteger,
  processSettings,
  readSettings,
  toKafkaSettings,
  toTracingSettings,
  tracingFaults,
  tracingSettings,
  type CrossCheck,
  type DatabaseSettings,
  type KafkaSettings,
  type TracingSettings,
} from '@libs/platform';
import type { SegmentLimits } from './archive/segment';
import { ARCHIVE_KINDS, type ArchiveKind } from './archive/segment-objects';

const MIB = 1024 * 1024;
export const EMBEDDING_STORAGES = ['vector', 'binary', 'array'] as const;
/** What a process of the worker does. */
export const WORKER_ROLES = ['store', 'archive'] as const;
export type WorkerRole = (typeof WORKER_ROLES)[number];
export type EmbeddingStorage = (typeof EMBEDDING_STORAGES)[number];

const schema = z.object({
  ...processSettings,
  ...kafkaSettings,
  ...tracingSettings,
  PORT: integer(0, 65_535, 8001),
  KAFKA_GROUP_ID: z.string().default('metadata-worker'),
  // The broker's own minimum is 6 s; a worker that was killed blocks its group that long.
  KAFKA_SESSION_TIMEOUT_MS: integer(6_000, 300_000, 10_000),
  MONGODB_URI: connectionString().default('mongodb://127.0.0.1:27017/?directConnection=true'),
  MONGODB_DB: z.string().default('ca4'),
  BATCH_MAX_RECORDS: integer(1, 10_000, 200),
  BATCH_MAX_BYTES: integer(MIB, 64 * MIB, 4 * MIB),
  EMBEDDING_STORAGE: choice(EMBEDDING_STORAGES, 'vector'),
  PIPELINE_TAGS: list([]),
  RETENTION_DAYS: optionalInteger(1, 3_650),
  ROLLUP_INTERVAL_MS: integer(100, 3_600_000, 60_000),
  WORKER_ROLES: choices(WORKER_ROLES),
  ARCHIVE_BUCKET: z.string().optional(),
  ARCHIVE_KINDS: choices(ARCHIVE_KINDS),
  ARCHIVE_MAX_RECORDS: integer(1, 100_000, 5_000),
  ARCHIVE_MAX_BYTES: integer(MIB, 96 * MIB, 64 * MIB),
  ARCHIVE_MAX_AGE_MS: integer(1_000, 3_600_000, 60_000),
  S3_ENDPOINT: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  AWS_REGION: z.string().optional(),
});

/** What one variable alone does not show. */
const crossCheck: CrossCheck = (given) => {
  const archives = given.WORKER_ROLES?.split(',').some((role) => role.trim() === 'archive') === true;
  const lacksBucket = archives && given.ARCHIVE_BUCKET === undefined;
  return [
    ...kafkaFaults(given),
    ...tracingFaults(given),
    ...(lacksBucket ? ['ARCHIVE_BUCKET: must be set with the role archive in WORKER_ROLES'] : []),
  ];
};

export interface WorkerConfig {
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  readonly shutdownGraceMs: number;
  readonly metricsCidrs: BlockList;
  readonly trustedProxies: BlockList;
  readonly kafka: KafkaSettings;
  readonly tracing: TracingSettings | null;
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
  readonly roles: readonly WorkerRole[];
  /** Set where the process has the role `archive`. */
  readonly archive: ArchiveSettings | undefined;
}

export interface ArchiveSettings {
  readonly s3: {
    readonly bucket: string;
    readonly endpoint: string | undefined;
    readonly region: string | undefined;
  };
  readonly kinds: readonly ArchiveKind[];
  readonly limits: SegmentLimits;
}

/** The configuration of the process; @throws ConfigurationFault */
export const workerConfig = registerAs('metadataWorker', (): WorkerConfig => {
  const env = readSettings(schema, process.env, crossCheck);
  const roles = env.WORKER_ROLES ?? (env.ARCHIVE_BUCKET === undefined ? ['store'] : WORKER_ROLES);
  return Object.freeze({
    host: env.HOST,
    port: env.PORT,
    logLevel: env.LOG_LEVEL,
    shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
    metricsCidrs: env.METRICS_CIDRS,
    trustedProxies: env.TRUSTED_PROXIES,
    kafka: toKafkaSettings(env, 'metadata-worker', isLoopbackHost(env.HOST)),
    tracing: toTracingSettings(env, 'metadata-worker'),
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
    roles,
    archive: roles.includes('archive') ? archiveSettings(env) : undefined,
  });
});

function archiveSettings(env: z.output<typeof schema>): ArchiveSettings {
  return {
    s3: {
      bucket: env.ARCHIVE_BUCKET!,
      endpoint: env.S3_ENDPOINT,
      // Look-alikes take any region, but the SDK signs with none.
      region: env.AWS_REGION ?? (env.S3_ENDPOINT === undefined ? undefined : 'us-east-1'),
    },
    kinds: env.ARCHIVE_KINDS ?? ARCHIVE_KINDS,
    limits: {
      maxRecords: env.ARCHIVE_MAX_RECORDS,
      maxBytes: env.ARCHIVE_MAX_BYTES,
      maxAgeMs: env.ARCHIVE_MAX_AGE_MS,
    },
  };
}
