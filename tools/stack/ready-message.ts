import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { portOf, stackAddresses } from './stack-addresses';
import type { StackSettings } from './stack-settings';

/** The addresses of Kafka, the database and the object store; a password in them is left out. */
export function whereStorageIs(settings: StackSettings): string {
  const { kafkaBrokers, mongodbUri, s3Endpoint } = stackAddresses(settings);
  return `
  Kafka     ${kafkaBrokers}
  MongoDB   ${mongodbUri.replace(/(\/\/[^:@/]*):[^@/]*@/, '$1:…@')}
  S3        ${s3Endpoint}`;
}

/** The addresses of all parts. */
export function whereEverythingIs(settings: StackSettings): string {
  const scheme = (settings.env.TLS_CERT_FILE ?? '') === '' ? 'http' : 'https';
  const api = `${scheme}://127.0.0.1:${portOf('processor-api', settings)}`;
  const worker = `http://127.0.0.1:${portOf('metadata-worker', settings)}`;
  return `${whereStorageIs(settings)}
  API       ${api}/v1/metadata
  Docs      ${api}/docs
  Metrics   ${api}/metrics  ${worker}/metrics
  Worker    ${worker}/health${keysHint(settings)}`;
}

/** How to make the first API key, while there is none. */
function keysHint({ env, repoDir, stackDir }: StackSettings): string {
  const file = resolve(repoDir, (env.API_KEYS_FILE ?? '') || join(stackDir, 'api-keys.json'));
  if (env.AUTH_MODE === 'off' || existsSync(file)) return '';
  return `

  There is no API key yet. Make one: npm run -s keys -- create --id me`;
}
