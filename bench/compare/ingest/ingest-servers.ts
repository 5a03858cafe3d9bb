import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packEmbedding } from '@libs/contracts';
import { appFlags } from '../../../tools/stack/app-flags';
import { freePort } from '../../../tools/stack/port-holder';
import type { Progress } from '../../../tools/stack/progress';
import type { StackSettings } from '../../../tools/stack/stack-settings';
import { AppProcess, eventually } from '@libs/testing/app-process';
import { ChildProgram } from '@libs/testing/child-program';
import type { IngestServer } from './ingest-side';
import { bentoProgram } from '../programs/bento-program';
import { idAt, idLength, recordText, vectorOf } from './records';

export const bentoTopic = 'bench-bento';

const readyWithinMs = 60_000;

/** The built processor-api with its default settings and those of `env`, without keys as Bento has none. */
export async function processorApi(
  kafkaBrokers: string,
  env: NodeJS.ProcessEnv = {},
  flags = appFlags,
): Promise<IngestServer> {
  const settings = { KAFKA_BROKERS: kafkaBrokers, AUTH_MODE: 'off', LOG_LEVEL: 'warn', ...env };
  const program = await AppProcess.startWithFlags('processor-api', settings, flags);
  return {
    program,
    port: Number(new URL(program.url).port),
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
  const executable = await bentoProgram(settings, progress);
  const port = await freePort();
  const folder = join(settings.stackDir, 'bento');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.yaml'), bentoConfig(port, kafkaBrokers));
  const program = new ChildProgram(spawn(executable, ['-c', 'config.yaml'], { cwd: folder }));
  const isReady = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${port}/ready`)).ok;
  if (!(await eventually(() => isReady().catch(() => false), readyWithinMs, program.exited))) {
    await program.stop();
    throw new Error(`Bento did not become ready:\n${program.output.slice(-4_000)}`);
  }
  return {
    program,
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

/** The fastest of what was tried: as many in a batch as there are connections, which waits 1 ms at most for them. */
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
    compression: none
    batching:
      count: 32
      period: 1ms
logger:
  level: WARN
metrics:
  none: {}
`;
}
