import { parseArgs } from 'node:util';
import { table } from '../tools/console/table';
import { ConsoleProgress } from '../tools/stack/progress';
import { startStack } from '../tools/stack/stack';
import { ownTemporaryStack, removeStack } from '../tools/stack/test/temporary-stack';
import { bento, bentoTopic, processorApi } from './compare/ingest-servers';
import { ingestRound, type IngestRound, type IngestServer } from './compare/ingest-side';
import { ProducerPerfTest, perfTestTopic } from './compare/producer-perf-test';
import type { Form } from './compare/records';
import { TopicAudit } from './compare/topic-audit';
import { percentile } from './measuring/figures';

const usage = `Usage: npm run bench -- [--rounds 3] [--seconds 8]

Sends the same records to processor-api and to Bento, in turns, on this machine, and compares; beside them Kafka's own
producer-perf-test with the values that processor-api publishes. Builds Bento (Go) when it is not there yet. A round
whose records are not all on the topic as they were sent ends the run.
`;
const shape = { connections: 32, dimension: 2_048, batchSize: 100 };
const partitions = 12;
const warmUpSeconds = 5;

/** What a round gave; a load generator knows its rate alone. */
type Figures = Pick<IngestRound, 'recordsPerSecond'> & Partial<IngestRound>;

interface Contestant {
  readonly name: string;
  readonly round: (seconds: number) => Promise<Figures>;
  readonly figures: Figures[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '8' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const progress = new ConsoleProgress();
  const settings = await ownTemporaryStack();
  const servers: IngestServer[] = [];
  try {
    const { kafkaBrokers } = await startStack(settings, progress);
    const audit = new TopicAudit(kafkaBrokers);
    for (const topic of [bentoTopic, perfTestTopic]) await audit.createTopic(topic, partitions);
    const theirs = await bento(kafkaBrokers, settings, progress);
    servers.push(theirs);
    const ours = await processorApi(kafkaBrokers);
    servers.push(ours);

    let number = 0;
    const sending = (name: string, server: IngestServer, form: Form): Contestant => ({
      name,
      round: (seconds) =>
        ingestRound({ name, server, shape: { ...shape, form } }, { round: ++number, seconds, audit }),
      figures: [],
    });
    const contestants = [
      sending('Bento, JSON', theirs, 'json'),
      sending('ours, JSON', ours, 'json'),
      sending('ours, packed', ours, 'packed'),
      sending(`ours, packed batches of ${shape.batchSize}`, ours, 'batch'),
    ];
    const before = await audit.ends(ours.topic);
    for (const { name, round } of contestants) {
      await progress.step(`warming up: ${name}`, () => round(warmUpSeconds));
    }
    const published = await audit.valuesSince(ours.topic, before);
    const perfTest = await ProducerPerfTest.prepare(
      { settings, progress },
      { brokers: kafkaBrokers, values: published.slice(-256) },
    );
    contestants.push({
      name: 'producer-perf-test',
      round: (seconds) => perfTest.round(seconds),
      figures: [],
    });

    for (let round = 1; round <= Number(values.rounds); round++) {
      for (const { name, round: run, figures } of contestants) {
        const result = await run(Number(values.seconds));
        figures.push(result);
        progress.note(`  round ${round}: ${name}: ${result.recordsPerSecond.toFixed(0)} records/s`);
      }
    }
    print(contestants);
  } finally {
    await Promise.all(servers.map(({ program }) => program.stop()));
    await removeStack(settings);
  }
}

/** Medians over the rounds; ratios to the first contestant. */
function print(contestants: readonly Contestant[]): void {
  const rateOf = ({ figures }: Contestant): number => median(figures, 'recordsPerSecond');
  const rows = contestants.map((contestant) => {
    const { name, figures } = contestant;
    const rates = figures.map(({ recordsPerSecond }) => recordsPerSecond);
    const text = (figure: keyof IngestRound, digits: number): string => {
      const value = median(figures, figure);
      return Number.isNaN(value) ? '-' : value.toFixed(digits);
    };
    return [
      name,
      text('recordsPerSecond', 0),
      `${Math.min(...rates).toFixed(0)} to ${Math.max(...rates).toFixed(0)}`,
      (rateOf(contestant) / rateOf(contestants[0]!)).toFixed(2),
      `${text('p50Ms', 1)} / ${text('p99Ms', 1)}`,
      text('processorMs', 3),
      text('rssMib', 0),
    ];
  });
  const header = ['ingest', 'records/s', 'spread', 'ratio', 'ms p50 / p99', 'CPU ms a record', 'MiB'];
  console.log(`\n${table(header, rows).join('\n')}`);
}

function median(figures: readonly Figures[], name: keyof IngestRound): number {
  return percentile(
    figures.flatMap((round) => round[name] ?? []),
    0.5,
  );
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
