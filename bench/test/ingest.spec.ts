import type { LoadOrder } from '../compare/ingest/http-load';
import { processorApi } from '../compare/ingest/ingest-servers';
import { ingestRound, type IngestServer } from '../compare/ingest/ingest-side';
import { eventIdOf, recordOf, type Form } from '../compare/ingest/records';
import { TopicAudit } from '../compare/ingest/topic-audit';

const brokers = process.env.TEST_KAFKA_BROKERS ?? '';
const shape = { connections: 4, dimension: 64, batchSize: 12 };

/** The bench in small and without peers, so that it works when somebody needs it. */
describe('the ingest bench', () => {
  const audit = new TopicAudit(brokers);
  let server: IngestServer;

  beforeAll(async () => {
    server = await processorApi(brokers);
  });
  afterAll(() => server.program.stop());

  it.each<[Form, number]>([
    ['json', 1],
    ['packed', 2],
    ['batch', 3],
  ])('counts what arrives of the form %s', async (form, round) => {
    const side = { name: form, server, shape: { ...shape, form } };
    const { recordsPerSecond, processorMs, rssMib } = await ingestRound(side, { round, seconds: 0.5, audit });
    for (const figure of [recordsPerSecond, processorMs, rssMib]) expect(figure).toBeGreaterThan(0);
  });

  it('is void where a record is missing or another than was sent', async () => {
    const before = await audit.ends(server.topic);
    const side = { name: 'packed', server, shape: { ...shape, form: 'packed' as const } };
    await ingestRound(side, { round: 4, seconds: 0.2, audit });
    const order: LoadOrder = { ...side.shape, port: server.port, path: server.path, round: 4, seconds: 0 };
    const report = { acknowledged: [10_000], seconds: 0, p50Ms: 0, p99Ms: 0 };
    await expect(audit.check({ ...server, before }, order, report)).rejects.toThrow(/missing/);
    const layout = { ...server.layout, contentOf: () => Buffer.from('something else') };
    await expect(audit.check({ ...server, before, layout }, order, report)).rejects.toThrow(
      /not what was sent/,
    );
  });

  it('gives each record of a round an id that tells where it comes from', () => {
    const id = eventIdOf(7, { ...shape, form: 'json' }, 3, 12);
    expect(id).toBe('00000007-0000-7000-8000-000000000033');
    expect(recordOf(id, { ...shape, form: 'json' })).toEqual({ connection: 3, sequence: 12 });
  });
});
