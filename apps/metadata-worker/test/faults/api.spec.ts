import { Pipeline } from './pipeline';
import { endure } from './scenario';
import { SCALE } from './soak';

jest.setTimeout(SCALE * 240_000);

const DAY_MS = 24 * 3_600_000;

describe('the API', () => {
  let pipeline: Pipeline;

  beforeAll(async () => {
    pipeline = await Pipeline.open();
  });
  afterAll(() => pipeline.close());

  it('killed in the middle of requests: what it acknowledged is there, and clients come again', async () => {
    const setting = { name: 'API kill -9 mid-request', connections: 32, pauseMs: 0 };
    await endure(pipeline, setting, async ({ load }) => {
      load.start();
      for (let round = 0; round < 3; round++) {
        await load.acknowledged(500);
        const { api } = pipeline;
        await pipeline.kill(api);
        await pipeline.startApi();
      }
      await load.acknowledged(200);
      expect(load.broken).toBeGreaterThan(0);
    });
  });

  it('told to stop under load: answers what it accepted and exits 0', async () => {
    await endure(
      pipeline,
      { name: 'API SIGTERM under load', connections: 32, pauseMs: 0 },
      async ({ load }) => {
        load.start();
        await load.acknowledged(500);
        expect(await pipeline.stop(pipeline.api)).toBe(0);
        await pipeline.startApi();
        await load.acknowledged(200);
      },
    );
  });

  it('takes records of a producer whose clock is a day behind', async () => {
    const setting = { name: 'producer clock a day behind', clockBehindMs: DAY_MS, pauseMs: 5 };
    await endure(pipeline, setting, async ({ load }) => {
      load.start();
      await load.acknowledged(500);
    });
  });
});
