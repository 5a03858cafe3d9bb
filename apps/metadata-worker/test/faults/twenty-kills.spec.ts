import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { acceptedMetadata } from '@libs/domain/testing';
import { eventually, type AppProcess } from '@libs/testing/app-process';
import { messageOf, MetadataTopic } from '@libs/testing/metadata-topic';
import type { Ledger } from './ledger';
import { GROUP_ID, Pipeline } from './pipeline';
import { endure } from './scenario';
import { SCALE } from './soak';
import { say } from './table';

jest.setTimeout(SCALE * 600_000);

const KILLS = 20 * SCALE;
const RECORDS_PER_LIFE = 1_000;
const RECORDS_PER_REQUEST = 50;
const PARTITIONS = 6;
const MAX_LIFE_MS = 5_000;
/** So that the last records come with the last lives. */
const PUBLISHING_MS = 4_500;
const ANSWER_DELAY_MS = 400;
const COMMIT_MS = 60_000;

describe('a worker that dies again and again', () => {
  let pipeline: Pipeline;
  let topic: MetadataTopic;
  const seed = process.env.SEED ?? String(Date.now());

  beforeAll(async () => {
    pipeline = await Pipeline.open(0);
    topic = await MetadataTopic.open();
  });
  afterAll(async () => {
    await topic.close();
    await pipeline.close();
  });

  const lifeMs = (life: number): number => {
    const bits = createHash('sha256').update(`${seed} ${life}`).digest().readUInt32LE();
    return (bits / 2 ** 32) * MAX_LIFE_MS;
  };
  const committed = async (): Promise<number> =>
    [...(await topic.committed(GROUP_ID)).values()].reduce((sum, offset) => sum + Math.max(0, offset), 0);

  /** Resolves once the worker itself has stored something and the group has committed after that. */
  async function firstCommit(worker: AppProcess): Promise<void> {
    const hasStored = async (): Promise<boolean> =>
      /consumer_records_total\{.*"stored"} [1-9]/.test(await (await fetch(`${worker.url}/metrics`)).text());
    expect(await eventually(hasStored, COMMIT_MS)).toBe(true);
    const before = await committed();
    expect(await eventually(async () => (await committed()) > before, COMMIT_MS)).toBe(true);
  }

  /** Publishes a part of the records little by little, so that no worker dies idle. */
  async function publish(ledger: Ledger, model: string): Promise<void> {
    for (let sent = 0; sent < RECORDS_PER_LIFE; sent += RECORDS_PER_REQUEST) {
      const events = Array.from({ length: RECORDS_PER_REQUEST }, () =>
        acceptedMetadata({
          eventId: randomUUID(),
          model,
          embedding: Float32Array.from({ length: 2048 }, () => Math.random()),
          acceptedAt: new Date(),
        }),
      );
      await topic.publish(
        (sent / RECORDS_PER_REQUEST) % PARTITIONS,
        events.map((event) => messageOf(event)),
      );
      for (const event of events) ledger.acknowledge(event);
      await sleep((PUBLISHING_MS * RECORDS_PER_REQUEST) / RECORDS_PER_LIFE);
    }
  }

  /** One worker after another; the group waits for the sessions of the dead, so two such rows share that wait. */
  async function liveAndDie(lives: readonly number[]): Promise<void> {
    for (const life of lives) {
      const worker = await pipeline.startWorker();
      await firstCommit(worker);
      await sleep(lifeMs(life));
      await pipeline.kill(worker);
      say(`  killed life ${life} of ${KILLS}, ${await topic.lag(GROUP_ID)} records wait`);
    }
  }

  it('stores everything, each time killed within 5 s of its first commit', async () => {
    say(`kills at random, SEED=${seed}`);
    await endure(pipeline, { name: `worker kill -9 × ${KILLS}, 2048 floats` }, async ({ ledger, model }) => {
      // So that a batch is under way whenever a worker dies.
      pipeline.databaseGate.slow({ answerDelayMs: ANSWER_DELAY_MS });
      const lives = Array.from({ length: KILLS }, (_, at) => at + 1);
      const dying = Promise.all([
        liveAndDie(lives.filter((life) => life % 2 === 1)),
        liveAndDie(lives.filter((life) => life % 2 === 0)),
      ]);
      for (let part = 0; part < KILLS; part++) await publish(ledger, model);
      await dying;
      await pipeline.startWorker();
    });
  });
});
