import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bento, bentoTopic, processorApi } from '../ingest/ingest-servers';
import { ingestRound, type IngestServer } from '../ingest/ingest-side';
import { perfTestTopic, ProducerPerfTest } from '../ingest/producer-perf-test';
import type { Form } from '../ingest/records';
import { TopicAudit } from '../ingest/topic-audit';
import { alternate, type Contestant } from './alternate';
import type { Scenario, Workshop } from './scenario';

const shape = { connections: 32, dimension: 2_048, batchSize: 100 };
const partitions = 12;

const theirs = 'Bento, JSON';
const perfTest = 'producer-perf-test';
const forms: Readonly<Record<string, { readonly form: Form; readonly title: string }>> = {
  'ingest-json': { form: 'json', title: 'one record in a POST, JSON' },
  'ingest-packed': { form: 'packed', title: 'one record in a POST, packed' },
  'ingest-batch': { form: 'batch', title: `${shape.batchSize} packed records in a POST, NDJSON` },
};

/** Over HTTP onto the topic: processor-api beside Bento, and beside Kafka's own load generator. */
export const ingestScenario: Scenario = {
  names: Object.keys(forms),
  run: async (workshop, wanted) => {
    const { kafkaBrokers, settings, progress, warmUpSeconds } = workshop;
    const audit = new TopicAudit(kafkaBrokers);
    for (const topic of [bentoTopic, perfTestTopic]) await audit.createTopic(topic, partitions);
    const servers: IngestServer[] = [];
    try {
      const peer = await bento(kafkaBrokers, settings, progress);
      servers.push(peer);
      const ours = await processorApi(kafkaBrokers);
      servers.push(ours);
      const sides = [
        { name: theirs, server: peer, form: 'json' as const },
        ...wanted.map((name) => ({ name: nameOf(name), server: ours, form: forms[name]!.form })),
      ];
      const brokerPid = Number(readFileSync(join(settings.stackDir, 'run', 'kafka.pid'), 'utf8'));
      let number = 0;
      const contestant = (side: (typeof sides)[number], seconds: number): Contestant => ({
        name: side.name,
        round: () =>
          ingestRound(
            { ...side, shape: { ...shape, form: side.form } },
            { round: ++number, seconds, audit, brokerPid },
          ),
      });
      const before = await audit.ends(ours.topic);
      for (const side of sides) {
        await progress.step(`warming up: ${side.name}`, contestant(side, warmUpSeconds).round);
      }
      const contestants = sides.map((side) => contestant(side, workshop.seconds));
      if (wanted.includes('ingest-batch')) {
        const values = await audit.valuesSince(ours.topic, before);
        contestants.push(await perfTestOf(workshop, values));
      }
      const measured = await alternate(contestants, workshop);
      return wanted.map((name) => {
        const of = [theirs, nameOf(name), ...(name === 'ingest-batch' ? [perfTest] : [])];
        const title = `HTTP → topic, ${forms[name]!.title}, ${shape.dimension} floats`;
        return { scenario: name, title, contestants: measured.filter((one) => of.includes(one.name)) };
      });
    } finally {
      await Promise.all(servers.map(({ program }) => program.stop()));
    }
  },
};

async function perfTestOf(workshop: Workshop, published: readonly Buffer[]): Promise<Contestant> {
  const { kafkaBrokers: brokers, seconds } = workshop;
  const generator = await ProducerPerfTest.prepare(workshop, { brokers, values: published.slice(-256) });
  return { name: perfTest, round: () => generator.round(seconds) };
}

function nameOf(scenario: string): string {
  return `ours, ${scenario.slice('ingest-'.length)}`;
}
