import { eventually } from '@libs/testing/app-process';
import { Pipeline } from './pipeline';
import { endure } from './scenario';
import { SCALE } from './soak';

jest.setTimeout(SCALE * 300_000);

const OUTAGE_SECONDS = 600;
const RECORDS_PER_SECOND = 20;
const BACKLOG = OUTAGE_SECONDS * RECORDS_PER_SECOND;
const VALUES = 2048;

describe("the load of ten minutes' outage, as fast as it can be posted", () => {
  let pipeline: Pipeline;

  beforeAll(async () => {
    pipeline = await Pipeline.open();
  });
  afterAll(() => pipeline.close());

  it('waits on the topic while the database is down and then slow; memory stays bounded', async () => {
    const name = `${BACKLOG * SCALE} records of ${VALUES} floats, database down, slow`;
    const setting = { name, connections: 32, pauseMs: 0, dimension: VALUES };
    await endure(pipeline, setting, async ({ load }) => {
      await pipeline.databaseGate.close();
      load.start();
      await load.acknowledged(BACKLOG);
      await pipeline.worker.until('/health/ready', 503);
      pipeline.databaseGate.slow({ answerDelayMs: 200 });
      await pipeline.databaseGate.open();
      await pipeline.worker.until('/health/ready');
      await load.acknowledged(100);
    });
  });

  it('is refused with 503 and Retry-After once the queue of the API is full, while Kafka is slow', async () => {
    await pipeline.stop(pipeline.api);
    await pipeline.startApi({ PUBLISH_TIMEOUT_MS: '20000', MAX_CONNECTIONS: '4000' });
    const setting = {
      name: 'Kafka slow: the queue is full',
      connections: 2_000,
      pauseMs: 0,
      dimension: 8192,
    };
    await endure(pipeline, setting, async ({ load }) => {
      pipeline.kafkaGate.slow({ requestBytesPerSecond: 500_000 });
      load.start();
      const isFull = (): boolean => (load.refusals.get('queue_full') ?? 0) > 100;
      expect(await eventually(isFull, 60_000)).toBe(true);
      expect(await pipeline.api.status('/health/live')).toBe(200);
      expect(load.silentRefusals).toBe(0);
    });
  });
});
