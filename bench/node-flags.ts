import { appFlags } from '../tools/stack/app-flags';
import { table } from '../tools/console/table';
import { ConsoleProgress } from '../tools/stack/progress';
import { startStack } from '../tools/stack/stack';
import { ownTemporaryStack, removeStack } from '../tools/stack/test/temporary-stack';
import { processorApi } from './compare/ingest/ingest-servers';
import { ingestRound } from './compare/ingest/ingest-side';
import { TopicAudit } from './compare/ingest/topic-audit';
import { percentile, spread } from './measuring/figures';

const rounds = 7;
const warmUpSeconds = 2;
const seconds = 3;
const connectionCounts = [32, 128, 512];
const sides = [
  { name: "Node's defaults", flags: [] },
  { name: appFlags.join(' '), flags: appFlags },
];

/**
 * CPU time of the API for a record with and without the flags that it is started with. Each round is a process of its
 * own, because V8 decides anew in each where it makes an object; the sides alternate.
 */
async function main(): Promise<void> {
  const settings = await ownTemporaryStack();
  const progress = new ConsoleProgress();
  const cpuMs = new Map<string, number[]>();
  let number = 0;
  try {
    const { kafkaBrokers } = await startStack(settings, progress);
    const audit = new TopicAudit(kafkaBrokers);
    for (let round = 0; round < rounds; round++) {
      for (const { name, flags } of round % 2 === 0 ? sides : sides.toReversed()) {
        await progress.step(`round ${round + 1} of ${rounds}: ${name}`, async () => {
          const server = await processorApi(kafkaBrokers, {}, flags);
          for (const connections of connectionCounts) {
            const shape = { form: 'json' as const, dimension: 2_048, batchSize: 100, connections };
            await ingestRound({ name, server, shape }, { audit, round: ++number, seconds: warmUpSeconds });
            const { processorMs } = await ingestRound(
              { name, server, shape },
              { audit, round: ++number, seconds },
            );
            cpuMs.set(`${name} ${connections}`, [
              ...(cpuMs.get(`${name} ${connections}`) ?? []),
              processorMs,
            ]);
          }
          await server.program.stop();
        });
      }
    }
  } finally {
    await removeStack(settings);
  }
  report(cpuMs);
}

function report(cpuMs: ReadonlyMap<string, readonly number[]>): void {
  const rows = connectionCounts.flatMap((connections) => {
    const of = ({ name }: { name: string }): readonly number[] => cpuMs.get(`${name} ${connections}`) ?? [];
    const baseline = percentile(of(sides[0]!), 0.5);
    return sides.map((side) => [
      String(connections),
      side.name,
      spread(of(side), 3),
      (percentile(of(side), 0.5) / baseline).toFixed(2),
    ]);
  });
  console.log(`\nCPU ms of the API for a record, JSON, 2048 floats, ${rounds} processes each:\n`);
  console.log(table(['connections', 'flags', 'p50 / p95', 'ratio'], rows).join('\n'));
}

void main();
