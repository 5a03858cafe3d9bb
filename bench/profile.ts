import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConsoleProgress } from '../tools/stack/progress';
import { startStack } from '../tools/stack/stack';
import { ownTemporaryStack, removeStack } from '../tools/stack/test/temporary-stack';
import { eventually } from '@libs/testing/app-process';
import { processorApi } from './compare/ingest/ingest-servers';
import { ingestRound } from './compare/ingest/ingest-side';
import type { Form } from './compare/ingest/records';
import { TopicAudit } from './compare/ingest/topic-audit';
import { flameGraph, type CpuProfile } from './profile/flame-graph';

const usage = `Usage: npm run bench:profile -- [--form json|packed|batch] [--seconds 8] [--out flame-graph.svg]

Takes a CPU profile of processor-api under the load of the bench, once it is warm, and draws it as a flame graph; the
profile itself, for the developer tools of a browser, stands beside it.
`;
const shape = { connections: 32, dimension: 2_048, batchSize: 100 };
const warmUpSeconds = 5;
const writtenWithinMs = 30_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      form: { type: 'string', default: 'packed' },
      seconds: { type: 'string', default: '8' },
      out: { type: 'string', default: 'flame-graph.svg' },
      help: { type: 'boolean' },
    },
  });
  const form = (['json', 'packed', 'batch'] as const).find((known: Form) => known === values.form);
  if (values.help || !form) {
    console.log(usage);
    process.exitCode = values.help ? 0 : 1;
    return;
  }
  const progress = new ConsoleProgress();
  const settings = await ownTemporaryStack();
  try {
    const { kafkaBrokers } = await startStack(settings, progress);
    const file = `${values.out.replace(/\.svg$/, '')}.cpuprofile`;
    const server = await processorApi(kafkaBrokers, {
      BENCH_PROFILE: resolve(file),
      NODE_OPTIONS: `--import ${join(__dirname, 'profile', 'record-on-signal.mjs')}`,
    });
    const audit = new TopicAudit(kafkaBrokers);
    const side = { name: form, server, shape: { ...shape, form } };
    const load = (round: number, seconds: number): ReturnType<typeof ingestRound> =>
      ingestRound(side, { round, seconds, audit });
    try {
      await progress.step('warming up', () => load(1, warmUpSeconds));
      server.program.signal('SIGUSR2');
      await progress.step('taking the profile', () => load(2, Number(values.seconds)));
      server.program.signal('SIGUSR2');
      let profile: CpuProfile | undefined;
      await eventually(() => (profile = readProfile(file)) !== undefined, writtenWithinMs);
      if (!profile) throw new Error(`${file} was not written:\n${server.program.output}`);
      writeFileSync(
        values.out,
        flameGraph(profile, `processor-api under POSTs, form ${form}: busy time by function`),
      );
      console.log(`wrote ${values.out} and ${file}`);
    } finally {
      await server.program.stop();
    }
  } finally {
    await removeStack(settings);
  }
}

/** Undefined while it is not there, or not whole. */
function readProfile(file: string): CpuProfile | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
  } catch {
    return undefined;
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
