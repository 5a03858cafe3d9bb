import type { BlockList } from 'node:net';
import { join, resolve } from 'node:path';
import { registerAs } from '@nestjs/config';
import { z } from 'zod';
import {
  choice,
  cidrs,
  connectionString,
  flag,
  integer,
  isLoopbackHost,
  kafkaFaults,
  kafkaSettings,
  optionalInteger,
  origins,
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
import { type KeysFileFault, MAX_QUOTA_PER_MINUTE, readKeysFileSync } from './access/keys/keys-file';
import { serverTlsFaults, serverTlsSettings, toServerTls, type ServerTls } from './http/tls/server-tls';

const MIB = 1024 * 1024;

const keysFileSettings = {
  API_KEYS_FILE: z.string().optional(),
  STACK_DIR: z.string().default('.stack'),
};

const schema = z.object({
  ...processSettings,
  ...kafkaSettings,
  ...tracingSettings,
  PORT: integer(0, 65_535, 8000),
  AUTH_MODE: choice(['required', 'off'], 'required'),
  ...keysFileSettings,
  RATE_LIMIT_ENABLED: flag(),
  RATE_LIMIT_PER_MINUTE: integer(1, MAX_QUOTA_PER_MINUTE, 60_000),
  RATE_LIMIT_FAILURES_PER_MINUTE: integer(1, 1_000_000, 30),
  ALLOWED_CIDRS: cidrs(),
  CORS_ORIGINS: origins(),
  DOCS_ENABLED: flag(),
  ...serverTlsSettings,
  MAX_CONNECTIONS: integer(1, 100_000, 4_096),
  MAX_CONNECTIONS_PER_ADDRESS: optionalInteger(1, 100_000),
  ANSWER_IDLE_TIMEOUT_MS: integer(2_000, 600_000, 30_000),
  KEEP_ALIVE_TIMEOUT_MS: integer(1_000, 3_600_000, 620_000),
  REQUEST_TIMEOUT_MS: integer(1_000, 3_600_000, 300_000),
  MAX_BODY_BYTES: integer(1024, 16 * MIB, MIB),
  MAX_BATCH_BYTES: integer(1024, 64 * MIB, 16 * MIB),
  BODY_BUFFER_BYTES: integer(4 * MIB, 1024 * MIB, 96 * MIB),
  BODY_IDLE_TIMEOUT_MS: integer(100, 30_000, 10_000),
  PUBLISH_QUEUE_BYTES: integer(2 * MIB, 1024 * MIB, 64 * MIB),
  PUBLISH_TIMEOUT_MS: integer(100, 60_000, 5_000),
  READ_MONGODB_URI: connectionString().optional(),
  MONGODB_DB: z.string().default('ca4'),
  READ_DATABASE_KIND: choice(['mongodb', 'embedded'], 'mongodb'),
  READ_POOL_SIZE: integer(1, 100, 10),
  READ_TIMEOUT_MS: integer(100, 60_000, 5_000),
  SEARCH_INDEX_BYTES: integer(MIB, 3_072 * MIB, 64 * MIB),
});

const openToTheWorld: CrossCheck = ({ AUTH_MODE, HOST }) =>
  AUTH_MODE === 'off' && HOST !== undefined && !isLoopbackHost(HOST)
    ? ['AUTH_MODE: may be off only while HOST is a loopback address']
    : [];

/** Where documents are read from, with credentials that cannot write. */
export interface ReadSettings extends DatabaseSettings {
  /** `embedded`: the database of the stack, which gathers a whole result before it answers. */
  readonly kind: 'mongodb' | 'embedded';
  readonly poolSize: number;
  /** Deadline of one read, its wait included. */
  readonly timeoutMs: number;
}

const crossCheck: CrossCheck = (given) => [
  ...openToTheWorld(given),
  ...kafkaFaults(given),
  ...tracingFaults(given),
  ...serverTlsFaults(given),
  ...brokenKeysFile(given),
];

/** A broken file at start is a fault; later the last good keys stay in place. */
const brokenKeysFile: CrossCheck = (given) => {
  if (given.AUTH_MODE === 'off') return [];
  try {
    readKeysFileSync(keysFilePath(z.object(keysFileSettings).parse(given)));
    return [];
  } catch (error) {
    return [`API_KEYS_FILE: ${(error as KeysFileFault).message}`];
  }
};

export interface ProcessorConfig {
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  readonly shutdownGraceMs: number;
  readonly authMode: 'required' | 'off';
  /** Where the hashes of the API keys are; absolute. */
  readonly keysFile: string;
  /** Undefined where limits are off. */
  readonly limits: { readonly perMinute: number; readonly failuresPerMinute: number } | undefined;
  /** Clients that are served at all; everybody where it is empty. */
  readonly allowedCidrs: BlockList;
  /** Peers whose X-Forwarded-For is believed. */
  readonly trustedProxies: BlockList;
  readonly tls: ServerTls | undefined;
  /** Addresses besides loopback that may read /metrics. */
  readonly metricsCidrs: BlockList;
  /** Whether /docs and /openapi.json are there. */
  readonly docsEnabled: boolean;
  readonly http: {
    readonly maxConnections: number;
    /** Infinity where connections of many clients come from one address. */
    readonly maxConnectionsPerAddress: number;
    /** Longest pause of a client that reads an answer. */
    readonly answerIdleTimeoutMs: number;
    /** How long a connection without a request is kept. */
    readonly keepAliveTimeoutMs: number;
    /** Whose web pages may use the API. */
    readonly corsOrigins: readonly string[];
  };
  readonly body: {
    /** Largest body of one record. */
    readonly maxBytes: number;
    readonly maxBatchBytes: number;
    /** Of all unfinished bodies together. */
    readonly bufferBytes: number;
    /** Longest pause inside a body. */
    readonly idleTimeoutMs: number;
    /** Longest time from the head of a request to the end of its body. */
    readonly timeoutMs: number;
  };
  readonly publish: { readonly queueBytes: number; readonly timeoutMs: number };
  /** Undefined: the API only writes. */
  readonly reads: ReadSettings | undefined;
  /** Memory of the search index; 0: none, each search reads what it compares. */
  readonly searchIndexBytes: number;
  readonly kafka: KafkaSettings;
  readonly tracing: TracingSettings | null;
}

/** The configuration of the process; @throws ConfigurationFault */
export const processorConfig = registerAs('processorApi', (): ProcessorConfig => {
  const env = readSettings(schema, process.env, crossCheck);
  return Object.freeze({
    host: env.HOST,
    port: env.PORT,
    logLevel: env.LOG_LEVEL,
    shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
    authMode: env.AUTH_MODE,
    keysFile: keysFilePath(env),
    limits: limitsOf(env),
    allowedCidrs: env.ALLOWED_CIDRS,
    trustedProxies: env.TRUSTED_PROXIES,
    tls: toServerTls(env),
    metricsCidrs: env.METRICS_CIDRS,
    docsEnabled: env.DOCS_ENABLED ?? true,
    http: {
      maxConnections: env.MAX_CONNECTIONS,
      maxConnectionsPerAddress: maxConnectionsPerAddress(env),
      answerIdleTimeoutMs: env.ANSWER_IDLE_TIMEOUT_MS,
      keepAliveTimeoutMs: env.KEEP_ALIVE_TIMEOUT_MS,
      corsOrigins: env.CORS_ORIGINS,
    },
    body: {
      maxBytes: env.MAX_BODY_BYTES,
      maxBatchBytes: env.MAX_BATCH_BYTES,
      bufferBytes: env.BODY_BUFFER_BYTES,
      idleTimeoutMs: env.BODY_IDLE_TIMEOUT_MS,
      timeoutMs: env.REQUEST_TIMEOUT_MS,
    },
    publish: { queueBytes: env.PUBLISH_QUEUE_BYTES, timeoutMs: env.PUBLISH_TIMEOUT_MS },
    reads:
      env.READ_MONGODB_URI === undefined
        ? undefined
        : {
            uri: env.READ_MONGODB_URI,
            name: env.MONGODB_DB,
            kind: env.READ_DATABASE_KIND,
            poolSize: env.READ_POOL_SIZE,
            timeoutMs: env.READ_TIMEOUT_MS,
          },
    searchIndexBytes: env.SEARCH_INDEX_BYTES,
    kafka: toKafkaSettings(env, 'processor-api', isLoopbackHost(env.HOST)),
    tracing: toTracingSettings(env, 'processor-api'),
  });
});

/** What `npm run keys` needs. */
export interface KeysCommandConfig {
  /** Absolute. */
  readonly keysFile: string;
  /** Who became root with sudo. */
  readonly sudoUser: string | undefined;
}

const keysCommandSchema = z.object({ ...keysFileSettings, SUDO_USER: z.string().optional() });

/** @throws ConfigurationFault */
export function keysCommandConfig(): KeysCommandConfig {
  const env = readSettings(keysCommandSchema, process.env, () => []);
  return { keysFile: keysFilePath(env), sudoUser: env.SUDO_USER };
}

function keysFilePath({ API_KEYS_FILE, STACK_DIR }: z.output<z.ZodObject<typeof keysFileSettings>>): string {
  return resolve(API_KEYS_FILE ?? join(STACK_DIR, 'api-keys.json'));
}

function limitsOf(env: z.output<typeof schema>): ProcessorConfig['limits'] {
  if (env.AUTH_MODE === 'off' || env.RATE_LIMIT_ENABLED === false) return undefined;
  return { perMinute: env.RATE_LIMIT_PER_MINUTE, failuresPerMinute: env.RATE_LIMIT_FAILURES_PER_MINUTE };
}

/** Unless set, an address may have a quarter; on loopback all come from one, in tunnels as well. */
function maxConnectionsPerAddress(env: z.output<typeof schema>): number {
  if (env.TRUSTED_PROXIES.rules.length > 0) return Infinity;
  const unset = isLoopbackHost(env.HOST) ? Infinity : Math.ceil(env.MAX_CONNECTIONS / 4);
  return env.MAX_CONNECTIONS_PER_ADDRESS ?? unset;
}
