import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@libs/testing/app-process';
import { endure, type Scene } from './scenario';
import { Pipeline, PUBLISH_TIMEOUT_MS } from './pipeline';
import { SCALE } from './soak';

jest.setTimeout(SCALE * 240_000);

const FREEZE_MS = 15_000;
const WRITE_BYTES = 500;
const CUTS = 12;

describe('Kafka', () => {
  let pipeline: Pipeline;

  beforeAll(async () => {
    pipeline = await Pipeline.open();
  });
  afterAll(() => pipeline.close());

  /** While Kafka is away: 503 with Retry-After in time, readiness tells, liveness stays. */
  async function expectRefusal({ load }: Scene): Promise<void> {
    const begun = performance.now();
    const { status, retryAfter } = await load.postOnce();
    expect(status).toBe(503);
    expect(retryAfter).toMatch(/^\d+$/);
    expect(performance.now() - begun).toBeLessThan(PUBLISH_TIMEOUT_MS + 1_500);
    await pipeline.api.until('/health/ready', 503);
    for (const app of [pipeline.api, pipeline.worker]) expect(await app.status('/health/live')).toBe(200);
  }

  async function expectServiceAgain({ load }: Scene): Promise<void> {
    await load.acknowledged(50);
    for (const app of [pipeline.api, pipeline.worker]) await app.until('/health/ready');
  }

  it('killed under load: the API refuses, and serves again without a restart', async () => {
    await endure(pipeline, { name: 'broker kill -9 during produce' }, async (scene) => {
      scene.load.start();
      await scene.load.acknowledged(300);
      pipeline.kafka.kill('SIGKILL');
      await expectRefusal(scene);
      await pipeline.startStack();
      await expectServiceAgain(scene);
    });
  });

  it('restarted under load', async () => {
    await endure(pipeline, { name: 'broker restart during produce' }, async (scene) => {
      scene.load.start();
      await scene.load.acknowledged(300);
      pipeline.kafka.kill('SIGTERM');
      expect(await pipeline.kafka.ended(60_000)).toBe(true);
      await pipeline.startStack();
      await expectServiceAgain(scene);
    });
  });

  it('frozen for longer than the session of the group', async () => {
    await endure(pipeline, { name: 'broker SIGSTOP 15 s during produce' }, async (scene) => {
      scene.load.start();
      await scene.load.acknowledged(300);
      await pipeline.freeze(pipeline.kafka);
      await Promise.all([sleep(FREEZE_MS), expectRefusal(scene)]);
      pipeline.kafka.kill('SIGCONT');
      await expectServiceAgain(scene);
    });
  });

  it('cut off between requests and their answers', async () => {
    await endure(pipeline, { name: 'TCP to Kafka cut before the answer' }, async ({ load }) => {
      load.start();
      for (let cut = 0; cut < CUTS; cut++) {
        pipeline.kafkaGate.cutAnswers(1, WRITE_BYTES);
        expect(await eventually(() => pipeline.kafkaGate.cutsLeft === 0, 30_000)).toBe(true);
        await load.acknowledged(30);
      }
    });
  });

  it('out of reach, with connections that stay open', async () => {
    await endure(pipeline, { name: 'network to Kafka swallows everything 8 s' }, async (scene) => {
      scene.load.start();
      await scene.load.acknowledged(100);
      pipeline.kafkaGate.hold();
      await Promise.all([sleep(8_000), expectRefusal(scene)]);
      pipeline.kafkaGate.heal();
      await expectServiceAgain(scene);
    });
  });
});
