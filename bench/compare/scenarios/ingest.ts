import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bento, bentoTopic, processorApi } from '../ingest/ingest-servers';
import { ingestRound, type IngestServer } from '../ingest/ingest-side';
import { perfTestTopic, ProducerPerfTest } from '../ingest/producer-perf-test';
import type { Form } from '../ingest/records';
import { TopicAudit } from '../ingest/topic-audit';
import { alternate, type Contestant } from './alternate';
import type { Scenario, Workshop } from './scenario';

const shape = { dimension: 2_048, batchSize: 100 };
const connections = 32;
const partitions = 12;

const perfTest = 'producer-perf-test';

interface Load {
  readonly form: Form;
  readonly connections: number;
  readonly title: string;
}

const loads: Readonly<Record<string, Load>> = {
  'ingest-json': { form: 'json', connections, title: 'one record in a POST, JSON' },
  'ingest-json-128': jsonOver(128),
  'ingest-json-512': jsonOver(512),
  'ingest-packed': { form: 'packed', connections, title: 'one record in a POST, packed' },
  'ingest-batch': {
    form: 'batch',
    connections,
    title: `${shape.batchSize} packed records in a POST, NDJSON`,
  },
};

/** Over HTTP onto the topic: processor-api beside Bento, and beside Kafka's own load generator. */
export const ingestScenario: Scenario = {
  names: Object.keys(loads),
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
        ...[...new Set(wanted.map((name) => loads[name]!.connections))].map((count) => ({
          name: theirsOver(count),
          server: peer,
          load: jsonOver(count),
        })),
        ...wanted.map((name) => ({ name: nameOf(name), server: ours, load: loads[name]! })),
      ];
      const brokerPid = Number(readFileSync(join(settings.stackDir, 'run', 'kafka.pid'), 'utf8'));
      let number = 0;
      const contestant = (side: (typeof sides)[number], seconds: number): Contestant => ({
        name: side.name,
        round: () =>
          ingestRound(
            { ...side, shape: { ...shape, ...side.load } },
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
        const load = loads[name]!;
        const of = [
          theirsOver(load.connections),
          nameOf(name),
          ...(name === 'ingest-batch' ? [perfTest] : []),
        ];
        const title = `HTTP → topic, ${load.title}, ${shape.dimension} floats`;
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

function jsonOver(count: number): Load {
  return { form: 'json', connections: count, title: `one record in a POST, JSON, ${count} connections` };
}

function theirsOver(count: number): string {
  return count === connections ? 'Bento, JSON' : `Bento, JSON, ${count}`;
}

function nameOf(scenario: string): string {
  return `ours, ${scenario.slice('ingest-'.length)}`;
}
