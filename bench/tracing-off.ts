import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { submissionBody } from '@libs/contracts/testing';
import { table } from '../tools/console/table';
import { AppProcess } from '@libs/testing/app-process';
import { OtlpCollector } from '@libs/testing/otlp-collector';
import { percentile } from './measuring/figures';

const connections = 8;
const requestsPerRound = 1_000;
const rounds = 24;
const warmUpRequests = 3_000;
const body = JSON.stringify(submissionBody({ embedding: [0.5, 0.25, 0.125, 0] }));

interface Variant {
  readonly name: string;
  readonly api: AppProcess;
  readonly microseconds: number[];
}

/**
 * CPU time of the API for one POST, in alternating rounds: with tracing taken out of the program, off, and on. Kafka
 * is taken out too, so that nothing hides the difference; CPU time, because other programs do not count in it.
 */
async function main(): Promise<void> {
  const collector = await OtlpCollector.start();
  const on = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SERVICE_NAME: 'bench' };
  const variants = [
    await start('without the seam', { BENCH_SEAM: 'none' }),
    await start('off', {}),
    await start('on, nothing sampled', { ...on, OTEL_TRACES_SAMPLER: 'always_off' }),
    await start('on, everything sampled', { ...on, OTEL_TRACES_SAMPLER: 'always_on' }),
  ];
  for (const { api } of variants) await post(api, warmUpRequests);
  for (let round = 0; round < rounds; round++) {
    // Each begins a round in its turn: whoever follows a busy neighbour finds the caches cold.
    for (const at of variants.keys()) {
      const { api, microseconds } = variants[(round + at) % variants.length]!;
      const before = api.processorMs;
      await post(api, requestsPerRound);
      microseconds.push(((api.processorMs - before) * 1_000) / requestsPerRound);
      collector.spans.length = 0;
    }
  }
  await Promise.all(variants.map(({ api }) => api.stop()));
  await collector.stop();
  report(variants);
}

async function start(name: string, env: NodeJS.ProcessEnv): Promise<Variant> {
  const api = await AppProcess.start(
    'processor-api',
    {
      AUTH_MODE: 'off',
      LOG_LEVEL: 'warn',
      KAFKA_BROKERS: '127.0.0.1:9',
      NODE_OPTIONS: `--import ${join(__dirname, 'tracing', 'answer-at-once.mjs')}`,
      ...env,
    },
    '/health/live',
  );
  return { name, api, microseconds: [] };
}

async function post({ url }: AppProcess, count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await postOne(`${url}/v1/metadata`, agent);
  };
  await Promise.all(Array.from({ length: connections }, worker));
  agent.destroy();
}

function postOne(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      if (answer.statusCode !== 202) reject(new Error(`answered ${answer.statusCode}`));
      answer.resume().once('end', resolve);
    });
    sent.once('error', reject).end(body);
  });
}

/** Other programs on the machine only ever add to a round, so the lowest is the cost itself. */
function report(variants: readonly Variant[]): void {
  const baseline = Math.min(...variants[0]!.microseconds);
  const rows = variants.map(({ name, api, microseconds }) => {
    const lowest = Math.min(...microseconds);
    const sdkFiles = /sdk-files=(\d+)/.exec(api.output)?.[1] ?? '?';
    const figures = [lowest, percentile(microseconds, 0.5)].map((value) => value.toFixed(0));
    return [name, ...figures, (lowest / baseline).toFixed(2), sdkFiles];
  });
  console.log(`CPU of the API for one POST in µs, ${rounds} alternating rounds of ${requestsPerRound}:\n`);
  const header = ['tracing', 'lowest', 'median', 'lowest ÷ first', "SDK's files loaded"];
  console.log(table(header, rows).join('\n'));
}

void main();
