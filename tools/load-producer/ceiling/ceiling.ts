import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GPU_METADATA_TOPIC } from '@libs/contracts';
import { FloodArrivals } from '../arrivals';
import { BottleneckWatch } from '../bottleneck-watch';
import { httpSender } from '../load-parts';
import { ForeseenError } from '../../console/foreseen-error';
import { LoadRun } from '../load-run';
import { RunIdentity } from '../records/run-identity';
import { counted, rateText } from '../report/figures-text';
import { Delivery } from '../sending/delivery';
import type { LoadSettings } from '../settings';
import { Tally } from '../tally';

const WARM_UP_MS = 1_000;
const MEASURED_MS = 2_000;
/** An event loop that is as busy as this got less of a processor than it asked for. */
const BUSY = 0.9;
const CONTENDED = 0.8;

/** What this producer can do with these settings when the server does nothing. */
export interface Ceiling {
  /** Records a second. */
  readonly rate: number;
  /** Share of the time that the producer's event loop was at work. */
  readonly utilization: number;
  /** Processor time that the machine gave the producer's threads, in processors. */
  readonly processors: number;
}

/** Floods a null server in another process for a few seconds; @throws ForeseenError where that cannot be started */
export async function measureCeiling(settings: LoadSettings): Promise<Ceiling> {
  const server = fork(join(__dirname, 'null-server.ts'), { execArgv: ['-r', '@swc-node/register'] });
  try {
    return await flood(settings, `http://127.0.0.1:${await portOf(server)}`);
  } finally {
    server.disconnect();
  }
}

export function ceilingText({ rate, utilization, processors }: Ceiling, settings: LoadSettings): string {
  const { topic, encoding, compression, batch, connections, dimension } = settings;
  const of =
    topic === GPU_METADATA_TOPIC
      ? `${counted(dimension)} floats ${encoding}`
      : encoding.replace('packed', 'json');
  const compressed = compression === 'none' ? '' : `, ${compression}`;
  const lines = [
    `Ceiling: ${rateText(rate)} against a server that does nothing`,
    `  ${topic}, ${of}${compressed}, ${batch} in a request, ${connections} connections`,
    `  this producer was ${(100 * utilization).toFixed(0)} % busy, with ${processors.toFixed(2)} processors' time`,
  ];
  if (utilization > BUSY && processors < CONTENDED) {
    lines.push('  Others use this machine: alone on it the producer could do more.');
  }
  if (settings.rate > rate) {
    lines.push(
      `Warning: --rate ${settings.rate} is above it. What such a run measures is this producer: lower --rate, raise ` +
        '--batch, or run several of it.',
    );
  }
  return lines.join('\n');
}

async function portOf(server: ChildProcess): Promise<number> {
  const exited = once(server, 'exit').then((): never => {
    throw new ForeseenError('The null server ended at once.', 'See the lines above.');
  });
  const [port] = (await Promise.race([once(server, 'message'), exited])) as [number];
  exited.catch(() => undefined); // it ends when we are done with it
  return port;
}

async function flood(settings: LoadSettings, url: string): Promise<Ceiling> {
  const sender = httpSender(settings, new RunIdentity({ ...settings, startedAtMs: Date.now() }), url);
  const tally = new Tally();
  const stop = new AbortController();
  const arrivals = new FloodArrivals();
  const never = new AbortController().signal;
  const terms = { retryForMs: 0, dueAtMs: () => performance.now(), cut: never, onHopeless: () => undefined };
  const delivery = new Delivery(sender, tally, terms);
  const parts = { arrivals, tally, watch: new BottleneckWatch(() => undefined) };
  const load = new LoadRun({ ...parts, deliver: (indices) => delivery.deliver(indices) }, settings);
  await sender.prepare();
  const running = load.run(stop.signal);
  await sleep(WARM_UP_MS);
  const before = {
    atMs: performance.now(),
    count: tally.acknowledged,
    loop: performance.eventLoopUtilization(),
    processor: process.cpuUsage(),
  };
  await sleep(MEASURED_MS);
  const elapsedMs = performance.now() - before.atMs;
  const { user, system } = process.cpuUsage(before.processor);
  const ceiling = {
    rate: ((tally.acknowledged - before.count) * 1_000) / elapsedMs,
    utilization: performance.eventLoopUtilization(before.loop).utilization,
    processors: (user + system) / 1_000 / elapsedMs,
  };
  stop.abort();
  await running;
  await sender.close();
  const [fault] = [...tally.answers.keys()].filter((label) => label !== '202');
  if (fault !== undefined) throw new ForeseenError(`The null server answered ${fault}.`, 'Tell us of it.');
  return ceiling;
}
