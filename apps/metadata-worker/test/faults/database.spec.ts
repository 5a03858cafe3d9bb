import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@libs/testing/app-process';
import { endure, settled, type Scene } from './scenario';
import { Pipeline } from './pipeline';
import { SCALE } from './soak';

jest.setTimeout(SCALE * 240_000);

/** Longer than the worker waits for one answer. */
const AWAY_MS = 11_000;
const WRITE_BYTES = 2_000;
const CUTS = 8;

describe('the database', () => {
  let pipeline: Pipeline;

  beforeAll(async () => {
    pipeline = await Pipeline.open();
  });
  afterAll(() => pipeline.close());

  /** While the database is away the API goes on acknowledging, and the worker tells and lives. */
  async function expectRecordsToWait({ load }: Scene): Promise<void> {
    await load.acknowledged(500);
    await pipeline.worker.until('/health/ready', 503);
    expect(await pipeline.worker.status('/health/live')).toBe(200);
    expect(await pipeline.api.status('/health/ready')).toBe(200);
  }

  it.each([
    ['database kill -9', () => pipeline.database.kill('SIGKILL'), () => pipeline.startStack()],
    ['database SIGSTOP', () => pipeline.freeze(pipeline.database), () => pipeline.database.kill('SIGCONT')],
    ['database refuses connections', () => pipeline.databaseGate.close(), () => pipeline.databaseGate.open()],
    [
      'network to the database swallows everything',
      () => {
        pipeline.databaseGate.hold();
      },
      () => {
        pipeline.databaseGate.heal();
      },
    ],
  ] as const)('%s: records wait on the topic', async (name, takeAway, bringBack) => {
    await endure(pipeline, { name }, async (scene) => {
      scene.load.start();
      await scene.load.acknowledged(200);
      await takeAway();
      await Promise.all([sleep(AWAY_MS), expectRecordsToWait(scene)]);
      await bringBack();
      await pipeline.worker.until('/health/ready');
      await scene.load.acknowledged(100);
    });
  });

  it('slow: 200 ms for each operation', async () => {
    await endure(pipeline, { name: 'database slow (200 ms per operation)' }, async ({ load }) => {
      pipeline.databaseGate.slow({ answerDelayMs: 200 });
      load.start();
      await load.acknowledged(2_000);
      expect(await pipeline.worker.status('/health/live')).toBe(200);
    });
  });

  it('cut off between writes and their answers', async () => {
    await endure(pipeline, { name: 'TCP to the database cut before the answer' }, async ({ load }) => {
      load.start();
      for (let cut = 0; cut < CUTS; cut++) {
        pipeline.databaseGate.cutAnswers(1, WRITE_BYTES);
        expect(await eventually(() => pipeline.databaseGate.cutsLeft === 0, 30_000)).toBe(true);
        await load.acknowledged(30);
      }
    });
  });

  it('refusing one document for ever: that one is a dead letter, its neighbours are stored', async () => {
    const refused = 'a model this collection refuses';
    const validate = (validator: object): Promise<unknown> =>
      pipeline.db.command({ collMod: 'gpu_metadata', validator });
    await endure(pipeline, { name: 'one document always refused', deadLettered: 3 }, async ({ load }) => {
      await validate({ model: { $ne: refused } });
      try {
        load.start();
        for (let n = 0; n < 3; n++) {
          await load.acknowledged(100);
          await load.postAcknowledged(refused);
        }
        await load.acknowledged(100);
        await load.finish();
        await settled();
      } finally {
        await validate({});
      }
    });
  });
});
