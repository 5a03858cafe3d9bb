import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { packEmbedding } from '@libs/contracts';
import { appFlags } from '../../tools/stack/app-flags';
import { freePort } from '../../tools/stack/port-holder';
import type { Progress } from '../../tools/stack/progress';
import type { StackSettings } from '../../tools/stack/stack-settings';
import type { IngestServer } from './ingest-side';
import { bentoProgram } from './peers';
import { MeasuredProcess } from './process';
import { idAt, idLength, recordText, vectorOf } from './records';

const root = resolve(__dirname, '../..');
const bentoTopic = 'bench-bento';

/** The built processor-api with its default settings, without keys as Bento has none. */
export async function processorApi(kafkaBrokers: string): Promise<IngestServer> {
  const port = await freePort();
  const main = join(root, 'dist/processor-api/apps/processor-api/src/main.js');
  const env = { PORT: String(port), KAFKA_BROKERS: kafkaBrokers, AUTH_MODE: 'off', LOG_LEVEL: 'warn' };
  const isReady = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok;
  const process_ = await MeasuredProcess.start(
    [process.execPath, ...appFlags, main],
    { cwd: root, env },
    isReady,
  );
  return {
    process: process_,
    port,
    path: '/v1/metadata',
    topic: 'gpu-metadata',
    layout: {
      eventIdOf: ({ key }) => key?.toString('latin1') ?? '',
      contentOf: ({ dimension }, connection, sequence) =>
        Buffer.from(packEmbedding(vectorOf(dimension, connection, sequence)).data),
    },
  };
}

/** Bento: `http_server` into `kafka_franz`, each request answered once all in-sync replicas have its record. */
export async function bento(
  kafkaBrokers: string,
  settings: StackSettings,
  progress: Progress,
): Promise<IngestServer> {
  const program = await bentoProgram(settings, progress);
  const port = await freePort();
  const folder = join(settings.stackDir, 'bento');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.yaml'), bentoConfig(port, kafkaBrokers));
  const isReady = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${port}/ready`)).ok;
  return {
    process: await MeasuredProcess.start([program, '-c', 'config.yaml'], { cwd: folder }, isReady),
    port,
    path: '/metadata',
    topic: bentoTopic,
    layout: {
      eventIdOf: ({ value }) => value?.toString('latin1', idAt, idAt + idLength) ?? '',
      contentOf: (order, connection, sequence) =>
        Buffer.from(recordText(order, connection, sequence)).subarray(idAt + idLength),
    },
  };
}

export const bentoTopics = [bentoTopic];

/** Each request waits for its record alone, so more of them in flight than connections change nothing. */
function bentoConfig(port: number, kafkaBrokers: string): string {
  return `http:
  address: 127.0.0.1:${port}
input:
  http_server:
    path: /metadata
    allowed_verbs: [POST]
output:
  kafka_franz:
    seed_brokers: [${kafkaBrokers}]
    topic: ${bentoTopic}
    max_in_flight: 256
logger:
  level: WARN
metrics:
  none: {}
`;
}
