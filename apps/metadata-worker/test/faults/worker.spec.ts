import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@libs/testing/app-process';
import { MetadataTopic } from '@libs/testing/metadata-topic';
import { GROUP_ID, Pipeline } from './pipeline';
import { endure } from './scenario';
import { SCALE } from './soak';

jest.setTimeout(SCALE * 240_000);

const BATCH_BYTES = 50_000;
const WORKERS = 3;

describe('the worker', () => {
  let pipeline: Pipeline;
  let topic: MetadataTopic;

  beforeAll(async () => {
    pipeline = await Pipeline.open();
    topic = await MetadataTopic.open();
  });
  afterAll(async () => {
    await topic.close();
    await pipeline.close();
  });

  /** Resolves in the moment when the database has a batch whose answer is still under way. */
  async function midBatch(): Promise<void> {
    pipeline.databaseGate.slow({ answerDelayMs: 1_500 });
    const before = pipeline.databaseGate.requestBytes;
    const isSent = (): boolean => pipeline.databaseGate.requestBytes - before > BATCH_BYTES;
    expect(await eventually(isSent, 20_000)).toBe(true);
  }

  it('killed with a batch written and not committed', async () => {
    await endure(pipeline, { name: 'worker kill -9 mid-batch' }, async ({ load, model }) => {
      load.start();
      await load.acknowledged(300);
      await midBatch();
      await sleep(300);
      await pipeline.kill(pipeline.worker);
      const [stored, lag] = [await pipeline.documents.countDocuments({ model }), await topic.lag(GROUP_ID)];
      expect({ stored: stored > 0, lag: lag > 0 }).toEqual({ stored: true, lag: true });
      pipeline.databaseGate.heal();
      await pipeline.startWorker();
      await load.acknowledged(100);
    });
  });

  it('told to stop in the middle of a batch: finishes it, commits and exits 0', async () => {
    await endure(pipeline, { name: 'worker SIGTERM mid-batch' }, async ({ load }) => {
      load.start();
      await load.acknowledged(300);
      await midBatch();
      expect(await pipeline.stop(pipeline.worker)).toBe(0);
      pipeline.databaseGate.heal();
      await pipeline.startWorker();
      await load.acknowledged(100);
    });
  });

  it('one, then three, then one, under load', async () => {
    await endure(
      pipeline,
      { name: 'rebalance 1 → 3 → 1 workers under load', pauseMs: 5 },
      async ({ load }) => {
        load.start();
        await load.acknowledged(300);
        await Promise.all(Array.from({ length: WORKERS - 1 }, () => pipeline.startWorker()));
        await load.acknowledged(1_500);
        const [first, second] = pipeline.workers;
        expect(await pipeline.stop(first!)).toBe(0);
        await load.acknowledged(500);
        await pipeline.kill(second!);
        await load.acknowledged(500);
      },
    );
  });
});
