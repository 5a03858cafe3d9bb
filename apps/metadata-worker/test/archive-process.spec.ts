import { randomUUID } from 'node:crypto';
import { acceptedMetadata } from '@libs/domain/testing';
import { AppProcess, eventually } from '@libs/testing/app-process';
import { freePort } from '../../../tools/stack/port-holder';
import { TcpGate } from '@libs/testing/tcp-gate';
import { ArchiveBucket } from './archive-bucket';
import { messageOf, MetadataTopic } from '@libs/testing/metadata-topic';
import { s3Endpoint } from '@libs/testing/test-stack';
import { WorkerUnderTest } from '@libs/testing/worker-under-test';

jest.setTimeout(120_000);

const GROUP = 'metadata-archive';
const PARTITIONS = 6;
const MAX_RSS_MIB = 512;
const vector = Float32Array.from({ length: 2048 }, () => Math.random());

describe('a worker that archives', () => {
  let topic: MetadataTopic;
  let worker: WorkerUnderTest;
  let bucket: ArchiveBucket;
  let app: AppProcess;
  let begun: ReadonlyMap<number, number>;

  beforeAll(async () => {
    [topic, worker, bucket] = await Promise.all([
      MetadataTopic.open(),
      WorkerUnderTest.prepare(),
      ArchiveBucket.make(),
    ]);
    begun = await topic.beginHere(GROUP);
  });
  afterAll(async () => {
    await Promise.all([topic.close(), worker.discard()]);
    bucket.close();
  });
  afterEach(async () => {
    await app.stop();
  });

  async function publish(count: number): Promise<void> {
    const message = (): ReturnType<typeof messageOf> =>
      messageOf(acceptedMetadata({ eventId: randomUUID(), embedding: vector }));
    for (let partition = 0; partition < PARTITIONS; partition++) {
      for (let left = count / PARTITIONS; left > 0; left -= 50) {
        await topic.publish(partition, Array.from({ length: Math.min(left, 50) }, message));
      }
    }
  }
  const isReady = async (): Promise<string> => (await fetch(`${app.url}/health/ready`)).text();

  it('stores while S3 is down, says so, and archives all of it once S3 is back', async () => {
    const { hostname, port } = new URL(s3Endpoint);
    const gate = new TcpGate(await freePort(), { host: hostname, port: Number(port) });
    const endpoint = { S3_ENDPOINT: `http://127.0.0.1:${gate.port}` };
    app = await worker.start({ ...bucket.env, ...endpoint, ARCHIVE_MAX_AGE_MS: '1000' });
    await publish(3_000);
    await topic.settledBy(worker.groupId);
    await app.until('/health/ready', 503);
    expect(await isReady()).toMatch(/"error":{"s3":{[^}]*the archive does not take raw\//);
    expect(await app.status('/health/live')).toBe(200);
    expect(app.rssMib).toBeLessThan(MAX_RSS_MIB);

    await gate.open();
    await topic.settledBy(GROUP);
    await app.until('/health/ready');
    const published = total(await topic.ends()) - total(begun);
    const { raw, enriched } = await bucket.view();
    expect(raw.length).toBe(published);
    const sent = Buffer.from(vector.buffer).toString('base64');
    expect(enriched.filter((row) => row.vector === sent).length).toBeGreaterThanOrEqual(3_000);
    expect(app.rssMib).toBeLessThan(MAX_RSS_MIB);
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    expect(metrics).toContain(`gpu_metadata_archived_records_total ${raw.length}`);
    expect(metrics).toContain('gpu_metadata_archive_held_bytes 0');
    await gate.close();
  });

  it('needs no database and takes no part in storing where archiving is its only role', async () => {
    const env = { ...bucket.env, WORKER_ROLES: 'archive', MONGODB_URI: 'mongodb://127.0.0.1:1' };
    app = await worker.start(env);
    const before = await topic.committed(worker.groupId);
    await publish(PARTITIONS);
    const holds = async (): Promise<boolean> =>
      /archive_held_bytes [1-9]/.test(await (await fetch(`${app.url}/metrics`)).text());
    expect(await eventually(holds, 20_000)).toBe(true);
    expect(await topic.committed(worker.groupId)).toEqual(before);
    expect(await isReady()).not.toContain('database');
    expect(await app.stop()).toBe(0);
  });

  it('exits 0 and commits nothing of the segments that are open when it is told to stop', async () => {
    app = await worker.start({ ...bucket.env, WORKER_ROLES: 'archive' });
    const before = await topic.committed(GROUP);
    const ends = await topic.ends();
    expect([...ends].some(([partition, end]) => before.get(partition) !== end)).toBe(true);
    expect(await app.stop()).toBe(0);
    expect(await topic.committed(GROUP)).toEqual(before);
  });

  it('ends a segment by age though no further record comes', async () => {
    app = await worker.start({ ...bucket.env, WORKER_ROLES: 'archive', ARCHIVE_MAX_AGE_MS: '1000' });
    await topic.settledBy(GROUP);
  });
});

function total(offsets: ReadonlyMap<number, number>): number {
  return [...offsets.values()].reduce((sum, offset) => sum + offset, 0);
}
