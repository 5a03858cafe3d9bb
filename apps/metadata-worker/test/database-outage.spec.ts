import { randomUUID } from 'node:crypto';
import { acceptedMetadata } from '@libs/domain/testing';
import { freePort } from '../../../tools/stack/port-holder';
import { AppProcess, eventually } from '@libs/testing/app-process';
import { messageOf, MetadataTopic } from '@libs/testing/metadata-topic';
import { TcpGate } from '@libs/testing/tcp-gate';
import { mongodbUri } from '@libs/testing/test-stack';
import { WorkerUnderTest } from '@libs/testing/worker-under-test';

jest.setTimeout(90_000);

const PARTITION = 5;

describe('a worker that starts while the database is down', () => {
  let topic: MetadataTopic;
  let worker: WorkerUnderTest;
  let gate: TcpGate;
  let env: NodeJS.ProcessEnv;
  let offset: number;
  const event = acceptedMetadata({ eventId: randomUUID() });

  beforeAll(async () => {
    const { hostname: host, port } = new URL(mongodbUri);
    gate = new TcpGate(await freePort(), { host, port: Number(port) });
    [topic, worker] = await Promise.all([MetadataTopic.open(), WorkerUnderTest.prepare()]);
    env = { MONGODB_URI: `mongodb://127.0.0.1:${gate.port}/?directConnection=true` };
    offset = await topic.publish(PARTITION, [messageOf(event)]);
  });
  afterAll(async () => {
    await gate.close();
    await Promise.all([topic.close(), worker.discard()]);
  });

  it('is live, tells that it is not ready, and commits nothing when it is stopped between two tries', async () => {
    const app = await AppProcess.start('metadata-worker', worker.env(env), '/health/live');
    const isTried = await eventually(() => app.output.includes('batch will be tried again'), 30_000);
    expect(isTried).toBe(true);
    expect(await app.status('/health/live')).toBe(200);
    const ready = await fetch(`${app.url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      info: { kafka: {} },
      error: {
        database: { status: 'down' },
        consumer: { message: expect.stringContaining('waits: store_unavailable') },
      },
    });
    const begun = performance.now();
    expect(await app.stop()).toBe(0);
    expect(performance.now() - begun).toBeLessThan(15_000);
    expect((await topic.committed(worker.groupId)).get(PARTITION)).toBeLessThanOrEqual(offset);
  });

  it('becomes ready by itself when the database comes, and stores what was waiting', async () => {
    const app = await AppProcess.start('metadata-worker', worker.env(env), '/health/live');
    try {
      await app.until('/health/ready', 503);
      await gate.open();
      await app.until('/health/ready', 200, 30_000);
      await topic.settledBy(worker.groupId);
      expect(await worker.documents.countDocuments({ _id: event.eventId })).toBe(1);
      await gate.close();
      await app.until('/health/ready', 503, 30_000);
      expect(await app.status('/health/live')).toBe(200);
      await gate.open();
      await app.until('/health/ready', 200, 30_000);
    } finally {
      expect(await app.stop()).toBe(0);
    }
  });
});
