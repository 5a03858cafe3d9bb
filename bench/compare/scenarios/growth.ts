import { processorApi } from '../ingest/ingest-servers';
import { ingestRound, type IngestServer } from '../ingest/ingest-side';
import type { LoadShape } from '../ingest/records';
import { TopicAudit } from '../ingest/topic-audit';
import { alternate, type Contestant } from './alternate';
import type { Figures, Scenario } from './scenario';

const name = 'growth';
const bytesPerFloat = 4;
/** Tells its ids from those of other scenarios. */
const firstRound = 0x0001_0000;

/** How ingest takes to longer vectors: each length with an API of its own, whose memory tells of it alone. */
export function growthScenario(dimensions: readonly number[]): Scenario {
  return {
    names: [name],
    run: async (workshop) => {
      const { kafkaBrokers, progress, seconds, warmUpSeconds } = workshop;
      const audit = new TopicAudit(kafkaBrokers);
      const servers: IngestServer[] = [];
      let number = firstRound;
      try {
        const contestants: Contestant[] = [];
        for (const dimension of dimensions) {
          const server = await processorApi(kafkaBrokers);
          servers.push(server);
          const side = { name: `${dimension} floats`, server, shape: shapeOf(dimension) };
          const round = async (length: number): Promise<Figures> => {
            const figures = await ingestRound(side, { round: ++number, seconds: length, audit });
            const bytesPerSecond = figures.recordsPerSecond * dimension * bytesPerFloat;
            return { ...figures, megabytesPerSecond: bytesPerSecond / 1_000_000 };
          };
          await progress.step(`warming up: ${side.name}`, () => round(warmUpSeconds));
          contestants.push({ name: side.name, round: () => round(seconds) });
        }
        const measured = await alternate(contestants, workshop);
        const title = 'HTTP → topic by the length of the vector, one record in a POST, packed';
        return [{ scenario: name, title, contestants: measured }];
      } finally {
        await Promise.all(servers.map(({ program }) => program.stop()));
      }
    },
  };
}

function shapeOf(dimension: number): LoadShape {
  return { form: 'packed', dimension, connections: 32, batchSize: 1 };
}
