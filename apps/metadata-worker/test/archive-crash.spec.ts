import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { acceptedMetadata } from '@libs/domain/testing';
import { ArchiveBucket, type ArchiveView } from './archive-bucket';
import { archiverOf } from './archiver-under-test';
import { messageOf, MetadataTopic } from '@libs/testing/metadata-topic';
import { ownName } from '@libs/testing/test-stack';

jest.setTimeout(120_000);

const POINTS = [
  'during raw',
  'after raw',
  'during embeddings',
  'after embeddings',
  'during enriched',
  'after enriched',
  'after the commit',
];
const FAULTY = 'after the commit of what was never stored';
const RECORDS = 50;
const offsets = Array.from({ length: RECORDS }, (_, offset) => offset);

/** A topic, a group and a bucket for one crash. */
interface Scene {
  readonly point: string;
  readonly name: string;
  readonly topic: MetadataTopic;
  readonly bucket: ArchiveBucket;
}

describe('the archive after a crash', () => {
  const scenes: Scene[] = [];

  beforeAll(async () => {
    for (const point of [...POINTS, FAULTY]) {
      const scene = await sceneOf(point);
      scenes.push(scene);
      await crash(scene);
    }
  });
  afterAll(async () => {
    for (const { topic, bucket } of scenes) {
      await topic.close();
      bucket.close();
    }
  });

  it.each(POINTS)('%s shows each offset once, with other segments at the retry', async (point) => {
    const { raw, enriched } = await viewAfterRetry(point, point.startsWith('after') ? 33 : 13);
    expect(raw.map(({ offset }) => offset)).toEqual(offsets);
    expect(enriched.map(({ offset }) => offset)).toEqual(offsets);
    expect(enriched.map(({ vector }) => vector)).toEqual(offsets.map(vectorOf));
  });

  it('shows the loss that an archive makes which answers before it stored', async () => {
    const { raw } = await viewAfterRetry(FAULTY, 33);
    expect(raw.map(({ offset }) => offset)).toEqual(offsets.slice(20));
  });

  async function viewAfterRetry(point: string, maxRecords: number): Promise<ArchiveView> {
    const { name, topic, bucket } = scenes.find((scene) => scene.point === point)!;
    const retry = archiverOf({ topic: name, groupId: name, bucket: bucket.name, limits: { maxRecords } });
    retry.start();
    await topic.settledBy(name);
    await retry.close();
    return bucket.view();
  }

  async function sceneOf(point: string): Promise<Scene> {
    const name = ownName('crash');
    const [topic, bucket] = await Promise.all([MetadataTopic.open(name), ArchiveBucket.make()]);
    const messages = offsets.map((offset) =>
      messageOf(acceptedMetadata({ eventId: randomUUID(), embedding: Float32Array.of(offset, 0.5) })),
    );
    await topic.publish(0, messages);
    return { point, name, topic, bucket };
  }

  async function crash({ point, name, bucket }: Scene): Promise<void> {
    const script = join(__dirname, 'crashing-archiver.ts');
    const env = { ...process.env, TOPIC: name, GROUP: name, BUCKET: bucket.name, CRASH_AT: point };
    const child = spawn(process.execPath, ['-r', '@swc-node/register', script], { env, stdio: 'inherit' });
    const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    expect(signal).toBe('SIGKILL');
  }

  function vectorOf(offset: number): string {
    return Buffer.from(Float32Array.of(offset, 0.5).buffer).toString('base64');
  }
});
