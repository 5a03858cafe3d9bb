import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { packedBody, submissionBody } from '@libs/contracts/testing';
import { mongo } from 'mongoose';
import { startStack } from '../../tools/stack/stack';
import { ownTemporaryStack, removeStack } from '../../tools/stack/test/temporary-stack';
import { AppProcess } from '@libs/testing/app-process';
import { percentile } from '../measuring/figures';
import { post } from './packed-post';
import { benchDocument, DIMENSION } from './stored-document';

const usage =
  'usage: npm run bench:reads-by-id -- [rounds of each kind, 15] [seconds of a round, 3] [connections, 16]';
const stored = 2_000;
const readsPerSecond = 20;
const leastRatio = 0.9;

const [rounds, seconds, connections] = [15, 3, 16].map((fallback, at) => {
  const given = Number(process.argv[2 + at] ?? fallback);
  if (!Number.isInteger(given) || given < 1) throw new Error(usage);
  return given;
}) as [number, number, number];

/** Counts what is accepted while `connections` send one record after the other. */
async function ingestRound(
  api: AppProcess,
  agent: Agent,
): Promise<{ readonly accepted: number; readonly elapsedMs: number }> {
  const url = new URL('/v1/metadata', api.url);
  const embedding = packedBody(Array.from({ length: DIMENSION }, () => Math.random()));
  const body = Buffer.from(JSON.stringify(submissionBody({ eventId: undefined, embedding })));
  const startedAt = performance.now();
  const end = startedAt + seconds * 1_000;
  let accepted = 0;
  const send = async (): Promise<void> => {
    while (performance.now() < end) {
      if (!(await post(url, agent, body))) throw new Error('a record was not accepted');
      accepted += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, send));
  return { accepted, elapsedMs: performance.now() - startedAt };
}

/** Reads by id at an even pace until `isOver`; answers how long each took, in milliseconds. */
async function readAlong(api: AppProcess, ids: readonly string[], isOver: () => boolean): Promise<number[]> {
  const durations: number[] = [];
  const pending = new Set<Promise<void>>();
  const startedAt = performance.now();
  for (let turn = 0; !isOver(); turn++) {
    const read = async (): Promise<void> => {
      const began = performance.now();
      const answer = await fetch(`${api.url}/v1/metadata/${ids[turn % ids.length]}`);
      if (answer.status !== 200) throw new Error(`a read was answered ${answer.status}`);
      await answer.arrayBuffer();
      durations.push(performance.now() - began);
    };
    const one = read().finally(() => pending.delete(one));
    pending.add(one);
    await sleep(Math.max(0, startedAt + ((turn + 1) * 1_000) / readsPerSecond - performance.now()));
  }
  await Promise.all(pending);
  return durations;
}

async function main(): Promise<void> {
  const settings = await ownTemporaryStack();
  try {
    const { kafkaBrokers, mongodbUri } = await startStack(settings);
    const client = await mongo.MongoClient.connect(mongodbUri, { retryWrites: false });
    const documents = Array.from({ length: stored }, () => benchDocument(new Date()));
    await client.db('ca4').collection<{ _id: string }>('gpu_metadata').insertMany(documents);
    await client.close();
    const env = { AUTH_MODE: 'off', LOG_LEVEL: 'warn', KAFKA_BROKERS: kafkaBrokers };
    const api = await AppProcess.start('processor-api', { ...env, READ_MONGODB_URI: mongodbUri });
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    try {
      await ingestRound(api, agent); // warm
      await measure(
        api,
        agent,
        documents.map(({ _id }) => _id),
      );
    } finally {
      agent.destroy();
      await api.stop();
    }
  } finally {
    await removeStack(settings);
  }
}

/** A round by its throughput, and by processor time for each record, which other programs change less. */
interface Figures {
  readonly throughput: number;
  readonly msPerRecord: number;
}

async function observedRound(api: AppProcess, agent: Agent): Promise<Figures> {
  const before = api.processorMs;
  const { accepted, elapsedMs } = await ingestRound(api, agent);
  return {
    throughput: (accepted * 1_000) / elapsedMs,
    msPerRecord: (api.processorMs - before) / accepted,
  };
}

/** Both kinds of round in turn, the other first each time: what else the machine does weighs on both alike. */
async function measure(api: AppProcess, agent: Agent, ids: readonly string[]): Promise<void> {
  const alone: Figures[] = [];
  const withReads: Figures[] = [];
  const durations: number[] = [];
  const besideReads = async (): Promise<void> => {
    let isOver = false;
    const reading = readAlong(api, ids, () => isOver);
    withReads.push(await observedRound(api, agent));
    isOver = true;
    durations.push(...(await reading));
  };
  const byItself = async (): Promise<void> => {
    alone.push(await observedRound(api, agent));
  };
  for (let round = 0; round < rounds; round++) {
    for (const run of round % 2 === 0 ? [byItself, besideReads] : [besideReads, byItself]) await run();
    const pair = [alone, withReads].map((figures) => Math.round(figures.at(-1)?.throughput ?? NaN));
    process.stdout.write(`round ${round + 1}: ${pair[0]} records/s alone, ${pair[1]} with reads\n`);
  }
  const ratios = alone.map(({ throughput }, at) => withReads[at]!.throughput / throughput);
  const medianOf = (figures: readonly Figures[], of: keyof Figures): number =>
    percentile(
      figures.map((figure) => figure[of]),
      0.5,
    );
  const cost = (figures: readonly Figures[]): string => `${medianOf(figures, 'msPerRecord').toFixed(3)} ms`;
  const ratio = percentile(ratios, 0.5);
  const ms = (share: number): string => `${percentile(durations, share).toFixed(1)} ms`;
  const lines = [
    ['ingest alone, median', `${Math.round(medianOf(alone, 'throughput'))} records/s`],
    [
      `beside ${readsPerSecond} reads by id a second`,
      `${Math.round(medianOf(withReads, 'throughput'))} records/s`,
    ],
    ['ratio within a round, median', `${ratio.toFixed(3)} (at least ${leastRatio.toFixed(2)})`],
    [
      'ratio within a round, quartiles',
      [0.25, 0.75].map((share) => percentile(ratios, share).toFixed(3)).join(' to '),
    ],
    ['processor time for a record', `${cost(alone)} alone, ${cost(withReads)} with its share of the reads`],
    [`${durations.length} reads`, `median ${ms(0.5)}, p99 ${ms(0.99)}`],
  ];
  process.stdout.write(`\n${lines.map(([what, figure]) => `${what!.padEnd(34)}${figure}\n`).join('')}`);
  if (ratio < leastRatio) process.exitCode = 1;
}

void main();
