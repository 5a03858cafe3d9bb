import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { LoadOrder, LoadReport } from './http-load';
import { processorMsOf, type ChildProgram } from '@libs/testing/child-program';
import type { LoadShape } from './records';
import type { RecordLayout, TopicAudit } from './topic-audit';

/** A server that takes records over HTTP and writes them onto a topic. */
export interface IngestServer {
  readonly program: ChildProgram;
  readonly port: number;
  readonly path: string;
  readonly topic: string;
  readonly layout: RecordLayout;
}

/** A server under one shape of load. */
export interface IngestSide {
  readonly name: string;
  readonly server: IngestServer;
  readonly shape: LoadShape;
}

/** What one round of a side gave. */
export interface IngestRound {
  readonly recordsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the server for a record, in milliseconds. */
  readonly processorMs: number;
  /** The same of Kafka; only where its process was named. */
  readonly brokerMs?: number;
  readonly rssMib: number;
}

export interface IngestOrder extends Pick<LoadOrder, 'round' | 'seconds' | 'recordsPerConnection'> {
  readonly audit: TopicAudit;
  /** Kafka's process. */
  readonly brokerPid?: number;
}

/** Sends for so long or so much, then reads the topic: a round that lost, refused or changed anything is none. */
export async function ingestRound(
  { server, shape, name }: IngestSide,
  { audit, brokerPid, ...length }: IngestOrder,
): Promise<IngestRound> {
  const order: LoadOrder = { ...shape, port: server.port, path: pathOf(server, shape), ...length };
  const before = await audit.ends(server.topic);
  const processorBefore = server.program.processorMs;
  const brokerBefore = brokerPid ? processorMsOf(brokerPid) : 0;
  const report = await load(order);
  const processorMs = server.program.processorMs - processorBefore;
  const brokerMs = brokerPid ? processorMsOf(brokerPid) - brokerBefore : undefined;
  if (report.refusal !== undefined) throw new Error(`${name} refused a record:\n${report.refusal}`);
  await audit.check({ ...server, before }, order, report);
  const records = report.acknowledged.reduce((sum, count) => sum + count, 0);
  return {
    recordsPerSecond: records / report.seconds,
    p50Ms: report.p50Ms,
    p99Ms: report.p99Ms,
    processorMs: processorMs / records,
    ...(brokerMs !== undefined && { brokerMs: brokerMs / records }),
    rssMib: server.program.rssMib,
  };
}

function pathOf({ path }: IngestServer, { form }: LoadShape): string {
  return form === 'batch' ? `${path}/batch` : path;
}

async function load(order: LoadOrder): Promise<LoadReport> {
  const child = fork(join(__dirname, 'http-load.ts'), { execArgv: ['-r', '@swc-node/register'] });
  child.send(order);
  const [report] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error('the load could not be made: see above');
    }),
  ])) as [LoadReport];
  child.kill();
  return report;
}
