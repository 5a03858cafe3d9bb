import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import type { mongo } from 'mongoose';
import type { AcceptedMetadata } from '@libs/domain';
import { acceptedMetadata } from '@libs/domain/testing';
import { eventually, type AppProcess } from '@libs/testing/app-process';
import type { HourlyDocument } from '../src/adapters/mongo/mongo-hourly-rollups';
import { messageOf, MetadataTopic } from '@libs/testing/metadata-topic';
import { figuresOf, recount } from './recount';
import { connectDatabase, ownName } from '@libs/testing/test-stack';
import { WorkerUnderTest } from '@libs/testing/worker-under-test';

jest.setTimeout(90_000);

const PROGRAM = resolve(__dirname, '../../../dist/metadata-worker/apps/metadata-worker/src/rollup.js');
const run = promisify(execFile);
const HOUR_MS = 3_600_000;
const ORIGIN = { 'origin-topic': 'gpu-metadata', 'origin-partition': '5', 'origin-offset': '3' };

describe('the hourly figures', () => {
  let topic: MetadataTopic;
  let client: mongo.MongoClient;
  const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * HOUR_MS);

  /** A worker with a database of its own; of the topic, only the events that `event` makes are looked at. */
  class Scene {
    private readonly model = ownName('model');
    private readonly apps: AppProcess[] = [];
    private constructor(private readonly worker: WorkerUnderTest) {}

    static async prepare(): Promise<Scene> {
      return new Scene(await WorkerUnderTest.prepare());
    }

    event(changes: Partial<AcceptedMetadata> = {}): AcceptedMetadata {
      const { model = '', ...rest } = changes;
      return acceptedMetadata({
        eventId: randomUUID(),
        model: this.model + model,
        capturedAt: hoursAgo(3),
        acceptedAt: hoursAgo(2), // what was captured more than a day after it was accepted is a dead letter
        ...rest,
      });
    }

    async start(intervalMs: number): Promise<AppProcess> {
      const app = await this.worker.start({ ROLLUP_INTERVAL_MS: String(intervalMs) });
      this.apps.push(app);
      return app;
    }

    async deliver(events: readonly AcceptedMetadata[], headers = {}): Promise<void> {
      await topic.publish(
        0,
        events.map((event) => messageOf(event, headers)),
      );
      await topic.settledBy(this.worker.groupId);
    }

    get hourly(): mongo.Collection<HourlyDocument> {
      return client.db(this.worker.database).collection('gpu_metadata_hourly');
    }

    async stored(): Promise<unknown[]> {
      return figuresOf(
        (await this.hourly.find().toArray()).filter(({ _id }) => _id.model.startsWith(this.model)),
      );
    }

    async expected(): Promise<unknown[]> {
      return recount(
        (await this.worker.documents.find().toArray()).filter(({ model }) => model.startsWith(this.model)),
      );
    }

    async expectRight(groups: number): Promise<void> {
      const expected = await this.expected();
      expect(expected).toHaveLength(groups);
      await eventually(async () => isDeepStrictEqual(await this.stored(), expected), 40_000);
      expect(await this.stored()).toEqual(expected);
    }

    rollup(
      options: readonly string[],
      env: NodeJS.ProcessEnv = {},
    ): Promise<{ stdout: string; stderr: string }> {
      return run(process.execPath, [PROGRAM, ...options], { env: this.worker.env(env) });
    }

    /** A worker that a failed test left running would have its own way with the records of the next file. */
    async discard(): Promise<void> {
      await Promise.all(this.apps.map((app) => app.stop()));
      await this.worker.discard();
    }
  }

  beforeAll(async () => {
    [topic, client] = await Promise.all([MetadataTopic.open(), connectDatabase()]);
  });
  afterAll(() => Promise.all([topic.close(), client.close()]));

  describe('of two workers that recount every half second', () => {
    let scene: Scene;
    let apps: AppProcess[];

    beforeAll(async () => {
      scene = await Scene.prepare();
      apps = await Promise.all([scene.start(500), scene.start(500)]);
    });
    afterAll(() => scene.discard());

    it('count an event once, however often it is delivered and replayed', async () => {
      const once = [scene.event(), scene.event({ capturedAt: hoursAgo(70) })];
      await scene.deliver(once);
      await scene.expectRight(2);
      await scene.deliver(once);
      await scene.deliver(once, ORIGIN);
      await scene.deliver([scene.event()], ORIGIN);
      await scene.expectRight(2);
    });

    it('follow a document that is replaced with another model and hour', async () => {
      const moved = scene.event({ model: '-old', capturedAt: hoursAgo(60) });
      await scene.deliver([moved]);
      await scene.expectRight(3);
      const { eventId } = moved;
      const changes = { model: '-new', capturedAt: hoursAgo(80), acceptedAt: hoursAgo(1) };
      await scene.deliver([scene.event({ eventId, ...changes })]);
      await scene.expectRight(3);
    });

    it('are told about in the metrics', async () => {
      const [app] = apps;
      const metrics = await (await fetch(`${app!.url}/metrics`)).text();
      expect(metrics).toMatch(/^rollup_duration_seconds_count [1-9]/m);
      expect(metrics).toMatch(/^rollup_hours_waiting \d+$/m);
      expect(metrics).toMatch(/^rollup_failures_total 0$/m);
    });

    it('are restored by npm run rollup after the collection was dropped', async () => {
      await Promise.all(apps.map((app) => app.stop()));
      await scene.hourly.drop();
      const options = ['--from', hoursAgo(99).toISOString()];
      const preview = await scene.rollup([...options, '--dry-run']);
      expect(preview.stdout).toMatch(/ 1 group\(s\) to write, 0 to remove\n/);
      expect(await scene.stored()).toEqual([]);
      expect((await scene.rollup(options)).stdout).toMatch(/\d+ hour\(s\) recounted, \d+ differed/);
      await scene.expectRight(3);
      expect((await scene.rollup(options)).stdout).toMatch(/ 0 differed/);
    });
  });

  describe('of a worker that recounts once an hour', () => {
    let scene: Scene;

    beforeEach(async () => {
      scene = await Scene.prepare();
    });
    afterEach(() => scene.discard());

    it('are right after the sweep of the next one when it was killed before it recounted', async () => {
      const killed = await scene.start(HOUR_MS);
      await scene.deliver([scene.event(), scene.event({ capturedAt: hoursAgo(6) })]);
      expect(await scene.stored()).toEqual([]);
      killed.signal('SIGKILL');
      await killed.exited;
      const next = await scene.start(500);
      await scene.expectRight(2);
      expect(await next.stop()).toBe(0);
    });

    it('are right before it ends when it is told to stop', async () => {
      const stopped = await scene.start(HOUR_MS);
      await scene.deliver([scene.event(), scene.event({ capturedAt: hoursAgo(900) })]);
      expect(await stopped.stop()).toBe(0);
      expect(await scene.stored()).toEqual(await scene.expected());
      expect(await scene.stored()).toHaveLength(2);
    });
  });

  describe('of npm run rollup', () => {
    let scene: Scene;
    const failureOf = (...given: Parameters<Scene['rollup']>): Promise<unknown> =>
      scene.rollup(...given).catch((error: unknown) => error);

    beforeAll(async () => {
      scene = await Scene.prepare();
    });
    afterAll(() => scene.discard());

    it.each([
      [[], '--from must be a time'],
      [['--from', '2026-11-01T06:00'], '--from must be a time'],
      [['--from', '2026-13-01'], '2026-11-01T06:00:00Z: the calendar has no such date'],
      [['--from', '2026-02-30T06:00:00Z'], '2026-11-01T06:00:00Z: the calendar has no such date'],
      [['--from', '2026-11-02', '--to', '2026-11-01'], '--to must be later than --from'],
      [['--since', '2026-11-01'], '--since'],
    ])('are not touched for %j', async (options, fault) => {
      expect(await failureOf(options)).toMatchObject({ code: 2, stderr: expect.stringContaining(fault) });
    });

    it('are not recounted past the retention, unless somebody says so', async () => {
      const options = ['--from', '2026-01-01', '--to', '2026-01-01T02:00:00Z'];
      const env = { RETENTION_DAYS: '30' };
      const fault = 'rollup: 2026-01-01T00:00:00.000Z is older than RETENTION_DAYS';
      expect(await failureOf(options, env)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(fault),
      });
      const told = await scene.rollup([...options, '--past-retention'], env);
      expect(told.stdout).toContain('2 hour(s) recounted');
    });
  });
});
