import { processorApi } from '../ingest/ingest-servers';
import { ingestRound, type IngestServer } from '../ingest/ingest-side';
import { TopicAudit } from '../ingest/topic-audit';
import { alternate, type Contestant } from './alternate';
import type { Scenario } from './scenario';

const name = 'growth-memory';
const shape = { form: 'batch', dimension: 512, connections: 25, batchSize: 100 } as const;
const multiples = [1, 2, 4];
/** Tells its ids from those of other scenarios. */
const firstRound = 0x0003_0000;

/** What the API keeps of memory once it had so many records, twice and four times as many; each round a new API. */
export function memoryScenario(records: number): Scenario {
  return {
    names: [name],
    run: async (workshop) => {
      const { kafkaBrokers } = workshop;
      const audit = new TopicAudit(kafkaBrokers);
      let server: IngestServer | undefined;
      let number = firstRound;
      const contestants = multiples.map((multiple, at): Contestant => {
        const side = { name: `${records * multiple} records`, shape };
        const more = records * (multiple - (multiples[at - 1] ?? 0));
        const round = async (): ReturnType<typeof ingestRound> => {
          if (at === 0) await server?.program.stop();
          server = at === 0 || !server ? await processorApi(kafkaBrokers) : server;
          const recordsPerConnection = more / shape.connections;
          return ingestRound({ ...side, server }, { round: ++number, recordsPerConnection, audit });
        };
        return { name: side.name, round };
      });
      try {
        const measured = await alternate(contestants, workshop);
        const title = `memory of the API by the number of records it had, ${shape.batchSize} packed records in a POST, ${shape.dimension} floats`;
        return [{ scenario: name, title, contestants: measured }];
      } finally {
        await server?.program.stop();
      }
    },
  };
}
