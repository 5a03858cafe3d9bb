import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type CrossCheck, flag, list } from '../settings';

/** As long as a topic's name may be. */
const MAX_CLIENT_ID = 249;
const hostPort = /^[^\s:,=]+:\d{1,5}$/;
const addresses = list(['localhost:9092']).refine((items) => items.every((item) => hostPort.test(item)), {
  error: 'must be host:port pairs separated by commas',
});
const brokerMap = list([]).refine(
  (pairs) =>
    pairs.every(
      (pair) => pair.split('=').length === 2 && pair.split('=').every((side) => hostPort.test(side)),
    ),
  { error: 'must be advertised:port=reachable:port pairs separated by commas' },
);

/** Connection to Kafka, the same for both programs. */
export const kafkaSettings = {
  KAFKA_BROKERS: addresses,
  KAFKA_CLIENT_ID: z.string().max(MAX_CLIENT_ID, `must be at most ${MAX_CLIENT_ID} characters`).optional(),
  KAFKA_SSL: flag(),
  KAFKA_SSL_CA_FILE: z.string().optional(),
  KAFKA_SSL_CERT_FILE: z.string().optional(),
  KAFKA_SSL_KEY_FILE: z.string().optional(),
  KAFKA_SASL_MECHANISM: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'], {
      error: 'must be one of plain, scram-sha-256, scram-sha-512',
    })
    .optional(),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
  KAFKA_TOPIC_CREATE: flag(),
  KAFKA_BROKER_MAP: brokerMap,
};

export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly tls?: Readonly<Record<'ca' | 'cert' | 'key', string | undefined>>;
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
  /** Makes missing topics at start; for a laptop, not for a cluster whose topics are declared elsewhere. */
  readonly createTopics: boolean;
  /** Advertised address → the address it is reachable at, through a tunnel. */
  readonly brokerMap: ReadonlyMap<string, string>;
}

type KafkaEnvironment = z.output<z.ZodObject<typeof kafkaSettings>>;

/** Faults of the Kafka variables that one variable alone does not show. */
export const kafkaFaults: CrossCheck = (given) => {
  const secrets = ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'];
  const missing =
    given.KAFKA_SASL_MECHANISM === undefined ? [] : secrets.filter((name) => given[name] === undefined);
  const lone =
    given.KAFKA_SASL_MECHANISM === undefined ? secrets.find((name) => given[name] !== undefined) : undefined;
  const files = ['KAFKA_SSL_CA_FILE', 'KAFKA_SSL_CERT_FILE', 'KAFKA_SSL_KEY_FILE'];
  const unreadable = files.filter(
    (name) => given[name] !== undefined && readableFile(given[name]) === undefined,
  );
  const unused = given.KAFKA_SSL === 'true' ? undefined : files.find((name) => given[name] !== undefined);
  return [
    ...(unused === undefined ? [] : [`KAFKA_SSL: must be true with ${unused}`]),
    ...missing.map((name) => `${name}: must be set with KAFKA_SASL_MECHANISM`),
    ...(lone === undefined ? [] : [`KAFKA_SASL_MECHANISM: must be set with ${lone}`]),
    ...unreadable.map((name) => `${name}: must name a readable file`),
  ];
};

/** The settings of a checked environment; `service` names the client where KAFKA_CLIENT_ID does not. */
export function toKafkaSettings(env: KafkaEnvironment, service: string, onLaptop: boolean): KafkaSettings {
  const {
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: password,
  } = env;
  return {
    brokers: env.KAFKA_BROKERS,
    clientId: env.KAFKA_CLIENT_ID ?? service,
    ...(env.KAFKA_SSL === true && {
      tls: {
        ca: readableFile(env.KAFKA_SSL_CA_FILE),
        cert: readableFile(env.KAFKA_SSL_CERT_FILE),
        key: readableFile(env.KAFKA_SSL_KEY_FILE),
      },
    }),
    ...(mechanism &&
      username !== undefined &&
      password !== undefined && { sasl: { mechanism, username, password } }),
    createTopics: env.KAFKA_TOPIC_CREATE ?? onLaptop,
    brokerMap: new Map(env.KAFKA_BROKER_MAP.map((pair) => pair.split('=') as [string, string])),
  };
}

function readableFile(path: string | undefined): string | undefined {
  try {
    return path === undefined ? undefined : readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
