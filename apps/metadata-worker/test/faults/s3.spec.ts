import { eventually } from '@libs/testing/app-process';
import { Pipeline } from './pipeline';
import { endure, settled, type Scene } from './scenario';
import { SCALE } from './soak';
import { WatchedArchive } from './watched-archive';

jest.setTimeout(SCALE * 240_000);

describe('S3', () => {
  let pipeline: Pipeline;
  let archive: WatchedArchive;

  beforeAll(async () => {
    archive = await WatchedArchive.make();
    pipeline = await Pipeline.open(1, archive);
  });
  afterAll(() => pipeline.close());

  /** The worker names S3 and lives; documents are stored to the last one while the archive lags. */
  async function expectStoringGoesOn({ load }: Scene): Promise<void> {
    await load.acknowledged(400);
    await load.finish();
    expect(await settled()).toBe(true);
    expect(await archive.lag()).toBeGreaterThan(0);
    await pipeline.worker.until('/health/ready', 503);
    expect(await (await fetch(`${pipeline.worker.url}/health/ready`)).json()).toMatchObject({
      error: { s3: { status: 'down' } },
    });
    expect(await pipeline.worker.status('/health/live')).toBe(200);
  }

  async function expectReadyAgain({ load }: Scene): Promise<void> {
    load.start();
    await load.acknowledged(100);
    await pipeline.worker.until('/health/ready');
  }

  it.each([
    ['S3 down', () => archive.gate.close(), () => archive.gate.open()],
    ['S3 answers 500, then 200', () => refuseWith(500), heal],
    ['S3 answers 503 (slow down)', () => refuseWith(503), heal],
    ['S3 full (507)', () => refuseWith(507), heal],
  ] as const)('%s: the archive lags, the database does not', async (name, takeAway, bringBack) => {
    await endure(pipeline, { name }, async (scene) => {
      scene.load.start();
      await scene.load.acknowledged(200);
      await takeAway();
      await expectStoringGoesOn(scene);
      await bringBack();
      await expectReadyAgain(scene);
    });
  });

  it('slow: 2 s for each request', async () => {
    await endure(pipeline, { name: 'S3 slow (2 s per request)' }, async ({ load }) => {
      archive.gate.slow(2_000);
      load.start();
      await load.acknowledged(400);
      await load.finish();
      expect(await settled()).toBe(true);
      expect(await archive.lag()).toBeGreaterThan(0);
      await pipeline.worker.until('/health/ready');
    });
  });

  it('slow, and the worker killed with an upload under way', async () => {
    await endure(pipeline, { name: 'worker kill -9 mid-upload × 3' }, async ({ load }) => {
      load.start();
      for (let life = 0; life < 3; life++) {
        await load.acknowledged(150);
        archive.gate.slow(1_000);
        const before = archive.gate.requests;
        expect(await eventually(() => archive.gate.requests > before, 20_000)).toBe(true);
        await pipeline.kill(pipeline.worker);
        archive.gate.heal();
        await pipeline.startWorker();
      }
    });
  });

  async function refuseWith(status: number): Promise<void> {
    archive.gate.refuse(status);
    const before = archive.gate.refused;
    expect(await eventually(() => archive.gate.refused > before + 3, 30_000)).toBe(true);
  }

  function heal(): void {
    archive.gate.heal();
  }
});
