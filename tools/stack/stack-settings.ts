import { join, resolve } from 'node:path';
import { StackError } from './stack-error';

export const appNames = ['processor-api', 'metadata-worker'] as const;
export type AppName = (typeof appNames)[number];
export const storageNames = ['kafka', 'database', 's3'] as const;
export type StorageName = (typeof storageNames)[number];
export type PartName = StorageName | AppName;
export const partNames: readonly PartName[] = [...storageNames, ...appNames];

/** Whose Kafka the API alone writes to. */
export type KafkaRouteName = 'stack' | 'tunnel' | 'yours';

export interface StackSettings {
  readonly repoDir: string;
  /** Data, logs and PID files; absolute. */
  readonly stackDir: string;
  /** Downloaded programs, shared by every STACK_DIR of this repository; absolute. */
  readonly cacheDir: string;
  readonly ports: Readonly<Record<PartName, number>>;
  /** Set when the user brings a broker: ours is not started. */
  readonly externalKafkaBrokers: string | undefined;
  /** Set when the user brings a database: ours is not started. */
  readonly externalMongodbUri: string | undefined;
  /** Set when the user brings an object store: ours is not started. */
  readonly externalS3Endpoint: string | undefined;
  /** Which Kafka the API alone uses where both are there; undefined: a tunnel's before the stack's. */
  readonly processorKafka: 'stack' | 'tunnel' | undefined;
  readonly shutdownGraceMs: number;
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

export const portVariables: Readonly<Record<PartName, string>> = {
  kafka: 'KAFKA_PORT',
  database: 'MONGODB_PORT',
  s3: 'S3_PORT',
  'processor-api': 'PROCESSOR_PORT',
  'metadata-worker': 'WORKER_PORT',
};

const repoDir = resolve(__dirname, '../..');

/** The stack's settings from the environment; an empty variable counts as unset. Throws StackError. */
export function stackSettings(env: NodeJS.ProcessEnv = process.env): StackSettings {
  const ports: Record<PartName, number> = {
    kafka: integer(env, 'KAFKA_PORT', 9092),
    database: integer(env, 'MONGODB_PORT', 27017),
    s3: integer(env, 'S3_PORT', 9000),
    'processor-api': integer(env, 'PROCESSOR_PORT', 8000),
    'metadata-worker': integer(env, 'WORKER_PORT', 8001),
  };
  refuseUnusablePorts(ports);
  return {
    repoDir,
    stackDir: resolve(repoDir, nonEmpty(env.STACK_DIR) ?? '.stack'),
    cacheDir: join(repoDir, '.cache', 'stack'),
    ports,
    externalKafkaBrokers: nonEmpty(env.KAFKA_BROKERS),
    externalMongodbUri: nonEmpty(env.MONGODB_URI),
    externalS3Endpoint: nonEmpty(env.S3_ENDPOINT),
    processorKafka: processorKafka(env),
    shutdownGraceMs: integer(env, 'SHUTDOWN_GRACE_MS', 30_000),
    env,
  };
}

function processorKafka({ PROCESSOR_KAFKA }: NodeJS.ProcessEnv): 'stack' | 'tunnel' | undefined {
  const name = nonEmpty(PROCESSOR_KAFKA);
  if (name === undefined || name === 'stack' || name === 'tunnel') return name;
  throw new StackError(
    `PROCESSOR_KAFKA is "${name}", which is neither stack nor tunnel.`,
    'Correct or unset PROCESSOR_KAFKA.',
  );
}

function integer(env: NodeJS.ProcessEnv, name: string, fallback: number): number {
  const text = env[name] ?? '';
  if (text === '') return fallback;
  if (!/^\d{1,9}$/.test(text)) {
    throw new StackError(`${name} is "${text}", which is no whole number.`, `Correct or unset ${name}.`);
  }
  return Number(text);
}

function refuseUnusablePorts(ports: Readonly<Record<PartName, number>>): void {
  const takenBy = new Map<number, string>();
  for (const name of partNames) {
    const port = ports[name];
    const variable = portVariables[name];
    if (port < 1 || port > 65_535) {
      throw new StackError(
        `${variable} is ${port}; ports go from 1 to 65535.`,
        `Correct or unset ${variable}.`,
      );
    }
    const other = takenBy.get(port);
    if (other !== undefined) {
      throw new StackError(`${other} and ${variable} are both ${port}.`, 'Give each part a port of its own.');
    }
    takenBy.set(port, variable);
  }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** What the user brings in the place of a part of ours; undefined where ours is used. */
export function broughtInstead(name: PartName, settings: StackSettings): string | undefined {
  switch (name) {
    case 'kafka':
      return settings.externalKafkaBrokers;
    case 'database':
      return settings.externalMongodbUri;
    case 's3':
      return settings.externalS3Endpoint;
    case 'processor-api':
    case 'metadata-worker':
      return undefined;
  }
}
