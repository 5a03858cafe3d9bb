import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Message } from 'kafkajs';
import type { AcceptedMetadata } from '@libs/domain';
import { acceptedMetadata } from '@libs/domain/testing';
import { eventually } from '@libs/testing/app-process';
import type { KafkaArchiveConsumer } from '../src/adapters/kafka/kafka-archive-consumer';
import type { OffsetJump } from '../src/consumer/consumer-telemetry';
import { ArchiveBucket, type ArchiveView } from './archive-bucket';
import { archiverOf, type ArchiverSettings } from './archiver-under-test';
import { messageOf, MetadataTopic } from '@libs/testing/metadata-topic';
import { ownName } from '@libs/testing/test-stack';

const HOUR_MS = 3_600_000;
const NOON = Date.UTC(2026, 10, 21, 12);

describe('the archive', () => {
  let topic: MetadataTopic;
  let name: string;
  let groupId: string;
  let bucket: ArchiveBucket;
  const running: KafkaArchiveConsumer[] = [];

  beforeEach(async () => {
    name = ownName('archived');
    groupId = ownName('archive-group');
    [topic, bucket] = await Promise.all([MetadataTopic.open(name), ArchiveBucket.make()]);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((archiver) => archiver.close()));
    await topic.close();
    bucket.close();
  });

  function start(settings: Partial<ArchiverSettings> = {}): KafkaArchiveConsumer {
    const archiver = archiverOf({ topic: name, groupId, bucket: bucket.name, ...settings });
    running.push(archiver);
    archiver.start();
    return archiver;
  }
  const event = (values: readonly number[], changes: Partial<AcceptedMetadata> = {}): AcceptedMetadata =>
    acceptedMetadata({ eventId: randomUUID(), embedding: Float32Array.from(values), ...changes });
  const at = (timestampMs: number, message: Message): Message => ({
    ...message,
    timestamp: String(timestampMs),
  });
  const events = (count: number): AcceptedMetadata[] =>
    Array.from({ length: count }, () => event([Math.random(), 1]));
  const publish = (some: readonly AcceptedMetadata[], partition = 0): Promise<number> =>
    topic.publish(
      partition,
      some.map((one) => at(NOON, messageOf(one))),
    );
  const base64 = (vector: Float32Array): string => Buffer.from(vector.buffer).toString('base64');
  const offsetsOf = (rows: ArchiveView['raw'], partition = 0): number[] =>
    rows.filter((row) => row.partition === partition).map(({ offset }) => offset);
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, offset) => offset);

  it('has every record as it was and every event enriched, with its vector bit for bit', async () => {
    const plain = event([0.1, -0, 3.4e38], {
      tags: ['ä', 'colab'],
      attributes: { batch: 7, 'model.type': 'cnn', Loss: 0.5, loss: 1, ok: true },
    });
    const source = { kind: 'image', uri: 's3://b/cat.jpg', name: 'cat.jpg' } as const;
    const replayed = event([1, 2], { source, producer: { keyId: 'colab' } });
    const origin = { 'origin-topic': name, 'origin-partition': '5', 'origin-offset': '9007199254740993' };
    const bytes = Buffer.from([0xff, 0x00, 0x80]);
    const headers = { text: 'x', bytes, twice: ['a', 'b'] };
    await topic.publish(0, [
      at(NOON, messageOf(plain)),
      at(NOON + 1, messageOf(replayed, origin)),
      at(NOON + 2, { key: bytes, value: bytes, headers }),
      at(NOON + 3, { key: null, value: null }),
      at(NOON + 4, { key: '', value: '' }),
    ]);
    const last = event([4, 5]);
    await topic.publish(1, [at(NOON, messageOf(last))]);
    start();
    await topic.settledBy(groupId);

    const { raw, enriched } = await bucket.view();
    expect(raw.map(({ partition, offset }) => [partition, offset])).toEqual([
      ...upTo(5).map((offset) => [0, offset]),
      [1, 0],
    ]);
    expect(raw[0]).toMatchObject({
      topic: name,
      timestamp: '2026-11-21T12:00:00.000Z',
      key: plain.eventId,
      keyBase64: null,
      headersBase64: null,
      valueBase64: (messageOf(plain).value as Buffer).toString('base64'),
    });
    expect(raw[0]?.headers).toMatchObject({ ce_id: plain.eventId, 'content-type': 'application/json' });
    expect(raw[2]).toMatchObject({
      key: null,
      keyBase64: '/wCA',
      valueBase64: '/wCA',
      headers: { text: 'x' },
      headersBase64: { bytes: ['/wCA'], twice: ['YQ==', 'Yg=='] },
    });
    expect([raw[3], raw[4]].map((row) => [row?.key, row?.valueBase64])).toEqual([
      [null, null],
      ['', ''],
    ]);

    const folder = `dt=2026-11-21/hour=12/${name}`;
    expect(enriched.map(({ eventId, vector }) => [eventId, vector])).toEqual(
      [plain, replayed, last].map(({ eventId, embedding }) => [eventId, base64(embedding)]),
    );
    expect(enriched[0]).toMatchObject({
      model: 'resnet50',
      tags: ['ä', 'colab'],
      attributes: { batch: '7', 'model.type': 'cnn', Loss: '0.5', loss: '1', ok: 'true' },
      gpu: {
        deviceName: 'Tesla T4',
        backend: 'cuda',
        totalMemoryBytes: 1000,
        driverVersion: '550.54.15',
        hipVersion: null,
        memoryUtilization: 0.25,
      },
      producer: { keyId: null },
      capturedAt: plain.capturedAt.toISOString(),
      acceptedAt: plain.acceptedAt.toISOString(),
      embeddingDimension: 3,
      embeddingObject: `embeddings/${folder}-0-0-d3.npy`,
      embeddingRow: 0,
      origin: null,
      source: null,
      pipeline: { tags: ['test'] },
    });
    expect(enriched[1]).toMatchObject({
      partition: 0,
      offset: 1,
      embeddingNorm: Math.sqrt(5),
      embeddingObject: `embeddings/${folder}-0-0-d2.npy`,
      source,
      producer: { keyId: 'colab' },
    });
    expect((await bucket.content(`enriched/${folder}-0-0.ndjson.gz`)).length).toBeGreaterThan(0);
  });

  it('ends a segment after so many records, and where the hour of the broker changes', async () => {
    const [early, late] = [events(5), events(2)];
    await topic.publish(0, [
      ...early.map((one) => at(NOON, messageOf(one))),
      ...late.map((one) => at(NOON + HOUR_MS, messageOf(one))),
    ]);
    start({ limits: { maxRecords: 4 } });
    await topic.settledBy(groupId);
    const raw = (await bucket.keys()).filter((key) => key.startsWith('raw/'));
    expect(raw.map((key) => key.replace(name, 't'))).toEqual([
      'raw/dt=2026-11-21/hour=12/t-0-0.ndjson.gz',
      'raw/dt=2026-11-21/hour=12/t-0-4.ndjson.gz',
      'raw/dt=2026-11-21/hour=13/t-0-5.ndjson.gz',
    ]);
  });

  it('ends a segment after so many bytes, and commits it while the next is open', async () => {
    await publish(events(5));
    start({ limits: { maxBytes: 2_500, maxAgeMs: HOUR_MS } });
    const isPartlyCommitted = async (): Promise<boolean> =>
      ((await topic.committed(groupId)).get(0) ?? -1) > 0;
    expect(await eventually(isPartlyCommitted, 20_000)).toBe(true);
    // What is written is committed a moment later.
    let [committed, offsets]: [number, unknown] = [-1, undefined];
    const agree = async (): Promise<boolean> => {
      offsets = offsetsOf((await bucket.view()).raw);
      committed = (await topic.committed(groupId)).get(0)!;
      return isDeepStrictEqual(offsets, upTo(committed));
    };
    await eventually(agree, 20_000);
    expect(offsets).toEqual(upTo(committed));
    expect(committed).toBeLessThan(5);
  });

  it('gathers records of many fetches into one segment until it is old enough', async () => {
    start({ limits: { maxAgeMs: 3_000 } });
    for (let round = 0; round < 5; round++) await publish(events(2));
    await topic.settledBy(groupId);
    expect(offsetsOf((await bucket.view()).raw)).toEqual(upTo(10));
    expect((await bucket.keys()).length).toBeLessThanOrEqual(6);
  });

  it('writes the same bytes whenever it archives the same offsets', async () => {
    await publish(events(50));
    start();
    await topic.settledBy(groupId);
    const other = await ArchiveBucket.make();
    const otherGroup = ownName('archive-group');
    start({ bucket: other.name, groupId: otherGroup });
    await topic.settledBy(otherGroup);
    const keys = await bucket.keys();
    expect(keys.length).toBeGreaterThanOrEqual(3);
    expect(await other.keys()).toEqual(keys);
    for (const key of keys) expect(await other.content(key)).toEqual(await bucket.content(key));
    other.close();
  });

  it('loses nothing when members come and go while segments are open', async () => {
    const limits = { maxRecords: 7, maxAgeMs: 500 };
    const over = new AbortController();
    const load = (async (): Promise<number> => {
      for (let published = 0; ; published += 6) {
        if (over.signal.aborted) return published;
        await Promise.all([publish(events(3), 0), publish(events(3), 1)]);
        await sleep(20);
      }
    })();
    const first = start({ limits });
    const joined = (archiver: KafkaArchiveConsumer) => (): boolean => archiver.unhealthyReason === undefined;
    expect(await eventually(joined(first), 20_000)).toBe(true);
    const second = start({ limits });
    expect(await eventually(joined(second), 20_000)).toBe(true);
    await first.close();
    over.abort();
    const published = await load;
    await topic.settledBy(groupId);
    const { raw, enriched } = await bucket.view();
    for (const partition of [0, 1]) expect(offsetsOf(raw, partition)).toEqual(upTo(published / 2));
    expect(enriched.length).toBe(published);
  });

  it('tells of a jump when the records it would continue at are gone', async () => {
    const jumps: OffsetJump[] = [];
    await publish(events(3));
    await start().close();
    await topic.place(groupId, new Map([[0, 1]]));
    await topic.expire(0, 2);
    start({ onJump: (jump) => jumps.push(jump) });
    await topic.settledBy(groupId);
    expect(jumps).toEqual([{ groupId, topic: name, partition: 0, from: 1n, to: 2n }]);
  });

  it('ends for good, and commits nothing, on a fault of ours', async () => {
    await publish(events(1));
    const broken = { store: (): Promise<void> => Promise.reject(new TypeError('a bug')) };
    const archiver = start({ archive: broken });
    expect((await archiver.failed).message).toContain('a bug');
    expect([...(await topic.committed(groupId)).values()]).toEqual([-1, -1]);
  });
});
