import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { KafkaRoute } from './kafka-route';
import { localProcessorEnvironment } from './local-processor-environment';
import { Part } from './part';
import { portOf, stackAddresses } from './stack-addresses';
import type { StackSettings } from './stack-settings';

/** The addresses of Kafka, the database and the object store; a password in them is left out. */
export function whereStorageIs(settings: StackSettings): string {
  const { kafkaBrokers, mongodbUri, s3Endpoint } = stackAddresses(settings);
  return `
  Kafka     ${kafkaBrokers}
  MongoDB   ${withoutPassword(mongodbUri)}
  S3        ${s3Endpoint}`;
}

/** The addresses of all parts. */
export function whereEverythingIs(settings: StackSettings): string {
  const api = apiUrl(settings);
  const worker = `http://127.0.0.1:${portOf('metadata-worker', settings)}`;
  return `${whereStorageIs(settings)}
  API       ${api}/v1/metadata
  Docs      ${api}/docs
  Metrics   ${api}/metrics  ${worker}/metrics
  Worker    ${worker}/health${keysHint(settings)}`;
}

/** Where the API that runs alone is, what it uses, and what to do next. */
export function whereLocalProcessorIs(settings: StackSettings, route: KafkaRoute): string {
  const { READ_MONGODB_URI: reads } = localProcessorEnvironment(settings, route);
  const api = apiUrl(settings);
  return `
  API       ${api}/v1/metadata
  Kafka     ${kafkaText(route)}
  Reads     ${reads === undefined ? 'none: the API only writes; READ_MONGODB_URI=… would name a database' : withoutPassword(reads)}
  Docs      ${api}/docs
  Log       ${new Part('processor-api', settings.stackDir).logFile}
  Next      make ngrok (a public URL for a notebook) · make stop-local-processor${keysHint(settings)}`;
}

function kafkaText({ name, brokers, brokerMap }: KafkaRoute): string {
  switch (name) {
    case 'stack':
      return `${brokers}, the stack's`;
    case 'yours':
      return `${brokers}, of KAFKA_BROKERS`;
    case 'tunnel':
      return `through the tunnel: ${brokerMap?.replaceAll('=', ' at ').replaceAll(',', ', ') ?? ''}`;
  }
}

function apiUrl(settings: StackSettings): string {
  const scheme = (settings.env.TLS_CERT_FILE ?? '') === '' ? 'http' : 'https';
  return `${scheme}://127.0.0.1:${portOf('processor-api', settings)}`;
}

function withoutPassword(uri: string): string {
  return uri.replace(/(\/\/[^:@/]*):[^@/]*@/, '$1:…@');
}

/** How to make the first API key, while there is none. */
function keysHint({ env, repoDir, stackDir }: StackSettings): string {
  const file = resolve(repoDir, (env.API_KEYS_FILE ?? '') || join(stackDir, 'api-keys.json'));
  if (env.AUTH_MODE === 'off' || existsSync(file)) return '';
  return `

  There is no API key yet. Make one: npm run -s keys -- create --id me`;
}
