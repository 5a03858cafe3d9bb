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
  Worker    ${worker}/health`;
}
