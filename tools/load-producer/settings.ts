import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { GPU_METADATA_TOPIC, GPU_METRICS_TOPIC, LIMITS, TOKEN_USAGE_TOPIC } from '@libs/contracts';
import {
  kafkaFaults,
  kafkaSettings,
  toKafkaSettings,
  type KafkaSettings,
} from '@libs/platform/kafka/kafka-settings';
import {
  choice,
  ConfigurationFault,
  integer,
  optionalInteger,
  readSettings,
  type CrossCheck,
  type GivenVariables,
} from '@libs/platform/settings';
import { duration } from './duration';
import { namingOption } from './options';

const HOUR_MS = 3_600_000;
const MAX_RATE = 100_000;
const MAX_BATCH = 1_000;
/** Beyond what the contract takes, so that refusals can be seen. */
const MAX_DIMENSION = 65_536;

export const TOPICS = [GPU_METADATA_TOPIC, GPU_METRICS_TOPIC, TOKEN_USAGE_TOPIC] as const;
export type LoadTopic = (typeof TOPICS)[number];

const url = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine((text) => !text.includes('@'), { error: 'must hold no user and no password' });

const schema = z.object({
  ...kafkaSettings,
  API_KEY: z.string().optional(),
  LOAD_API_KEY_FILE: z.string().optional(),
  LOAD_MODE: choice(['http', 'kafka'], 'http'),
  LOAD_URL: url.default('http://127.0.0.1:8000'),
  LOAD_TOPIC: choice(TOPICS, GPU_METADATA_TOPIC),
  LOAD_RATE: integer(1, MAX_RATE, 100),
  LOAD_DURATION: duration(100, 10_000 * HOUR_MS).optional(),
  LOAD_COUNT: optionalInteger(1, Number.MAX_SAFE_INTEGER),
  LOAD_DIMENSION: integer(1, MAX_DIMENSION, 2_048),
  LOAD_ENCODING: choice(['json', 'packed', 'msgpack'], 'packed'),
  LOAD_COMPRESS: choice(['none', 'gzip', 'zstd'], 'none'),
  LOAD_BATCH: integer(1, MAX_BATCH, 1),
  LOAD_LINGER: duration(0, 60_000).default(200),
  LOAD_CONNECTIONS: integer(1, 1_000, 16),
  LOAD_MAX_WAITING: integer(1, 1_000_000, 10_000),
  LOAD_TIMEOUT: duration(100, 300_000).default(35_000),
  LOAD_RETRY_FOR: duration(0, 24 * HOUR_MS).default(60_000),
  LOAD_GRACE: duration(0, HOUR_MS).default(20_000),
  LOAD_SEED: integer(0, 2 ** 32 - 1, 1),
  LOAD_VERIFY: z.enum(['auto', 'api', 'topic'], { error: 'must be api or topic' }).optional(),
  LOAD_VERIFY_WAIT: duration(0, HOUR_MS).default(60_000),
  LOAD_CEILING: z.enum(['only', 'first'], { error: 'must be only or first' }).optional(),
  LOAD_JSON: z.string().optional(),
});

export type Encoding = 'json' | 'packed' | 'msgpack';
export type Compression = 'none' | 'gzip' | 'zstd';

/** Times in milliseconds. */
export interface LoadSettings {
  readonly mode: 'http' | 'kafka';
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly topic: LoadTopic;
  /** Records a second. */
  readonly rate: number;
  /** How many records arrive; Infinity: until a signal. */
  readonly count: number;
  readonly dimension: number;
  readonly encoding: Encoding;
  readonly compression: Compression;
  readonly batch: number;
  readonly lingerMs: number;
  readonly connections: number;
  readonly maxWaiting: number;
  readonly timeoutMs: number;
  readonly retryForMs: number;
  readonly graceMs: number;
  readonly seed: number;
  readonly verify: 'api' | 'topic' | undefined;
  readonly verifyWaitMs: number;
  readonly ceiling: 'only' | 'first' | undefined;
  readonly jsonFile: string | undefined;
  readonly kafka: KafkaSettings;
}

/** @throws ConfigurationFault with all faults at once, each by its option and its variable */
export function loadSettings(variables: NodeJS.ProcessEnv): LoadSettings {
  try {
    return toSettings(readSettings(schema, variables, crossCheck));
  } catch (error) {
    if (!(error instanceof ConfigurationFault)) throw error;
    throw new ConfigurationFault(error.faults.map(namingOption));
  }
}

function toSettings(env: z.output<typeof schema>): LoadSettings {
  const { LOAD_MODE: mode, LOAD_TOPIC: topic, LOAD_RATE: rate } = env;
  const readsApi = mode === 'http' && topic === GPU_METADATA_TOPIC;
  const duringMs = env.LOAD_DURATION ?? Infinity;
  return {
    mode,
    topic,
    rate,
    url: env.LOAD_URL.replace(/\/+$/, ''),
    apiKey: env.API_KEY ?? keyIn(env.LOAD_API_KEY_FILE),
    count: Math.min(env.LOAD_COUNT ?? Infinity, Math.max(1, Math.round((duringMs / 1_000) * rate))),
    dimension: env.LOAD_DIMENSION,
    encoding: env.LOAD_ENCODING,
    compression: env.LOAD_COMPRESS,
    batch: env.LOAD_BATCH,
    lingerMs: env.LOAD_LINGER,
    connections: env.LOAD_CONNECTIONS,
    maxWaiting: env.LOAD_MAX_WAITING,
    timeoutMs: env.LOAD_TIMEOUT,
    retryForMs: env.LOAD_RETRY_FOR,
    graceMs: env.LOAD_GRACE,
    seed: env.LOAD_SEED,
    verify: env.LOAD_VERIFY === 'auto' ? (readsApi ? 'api' : 'topic') : env.LOAD_VERIFY,
    verifyWaitMs: env.LOAD_VERIFY_WAIT,
    ceiling: env.LOAD_CEILING,
    jsonFile: env.LOAD_JSON,
    kafka: toKafkaSettings(env, 'load-producer', false),
  };
}

const crossCheck: CrossCheck = (given) => [
  ...kafkaFaults(given),
  ...batchFaults(given),
  ...kafkaModeFaults(given),
  ...keyFaults(given),
  ...verifyFaults(given),
];

function isLineage({ LOAD_TOPIC: topic }: GivenVariables): boolean {
  return topic === GPU_METRICS_TOPIC || topic === TOKEN_USAGE_TOPIC;
}

function batchFaults(given: GivenVariables): string[] {
  const { LOAD_MODE: mode = 'http', LOAD_BATCH: batch = '1', LOAD_MAX_WAITING: waiting } = given;
  const faults: string[] = [];
  if (Number(batch) > Number(waiting ?? Infinity))
    faults.push('LOAD_MAX_WAITING: must be LOAD_BATCH at least');
  if (mode !== 'http' || batch === '1') return faults;
  if (isLineage(given))
    faults.push(`LOAD_BATCH: must be 1, the API takes ${given.LOAD_TOPIC ?? ''} one by one`);
  if (given.LOAD_ENCODING === 'msgpack') {
    faults.push('LOAD_BATCH: must be 1 with LOAD_ENCODING=msgpack, a batch is JSON');
  }
  return faults;
}

/** The record on a topic has one form, whoever writes it. */
function kafkaModeFaults(given: GivenVariables): string[] {
  if (given.LOAD_MODE !== 'kafka') return [];
  const { LOAD_ENCODING: encoding = 'packed', LOAD_COMPRESS: compression = 'none' } = given;
  const packsOnly = encoding === 'packed' || isLineage(given);
  const tooLong = Number(given.LOAD_DIMENSION) > LIMITS.embeddingValues && !isLineage(given);
  return [
    ...(packsOnly ? [] : ['LOAD_ENCODING: must be packed in kafka mode, as the records of the topic are']),
    ...(compression === 'none' ? [] : ['LOAD_COMPRESS: must be none in kafka mode']),
    ...(tooLong ? [`LOAD_DIMENSION: must be at most ${LIMITS.embeddingValues} in kafka mode`] : []),
    ...(given.LOAD_CEILING === undefined ? [] : ['LOAD_CEILING: is measured in http mode alone']),
  ];
}

function keyFaults({ API_KEY: key, LOAD_API_KEY_FILE: file }: GivenVariables): string[] {
  if (file === undefined) return [];
  if (key !== undefined) return ['LOAD_API_KEY_FILE: must be left out with API_KEY'];
  try {
    return keyIn(file) === '' ? ['LOAD_API_KEY_FILE: must name a file that holds a key'] : [];
  } catch {
    return ['LOAD_API_KEY_FILE: must name a readable file'];
  }
}

function verifyFaults(given: GivenVariables): string[] {
  if (given.LOAD_VERIFY !== 'api' || !isLineage(given)) return [];
  return [`LOAD_VERIFY: must be topic, the API has no route that reads ${given.LOAD_TOPIC ?? ''}`];
}

function keyIn(file: string | undefined): string | undefined {
  return file === undefined ? undefined : readFileSync(file, 'utf8').trim();
}
