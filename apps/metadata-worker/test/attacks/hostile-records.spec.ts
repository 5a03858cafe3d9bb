import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { CompressionTypes } from 'kafkajs';
import { deadLetterTopic, GPU_METADATA_TOPIC } from '@libs/contracts';
import { rawBatch, rawProduce } from '@libs/platform/testing';
import { AppProcess } from '@libs/testing/app-process';
import { ArchiveBucket } from '../archive-bucket';
import { text } from '@libs/testing/metadata-topic';
import { kafkaBrokers, ownName, testKafka } from '@libs/testing/test-stack';
import { WorkerUnderTest } from '@libs/testing/worker-under-test';
import { Bystanders, TOPICS } from './bystanders';
import { HOSTILE_BATCHES, REFUSED_BATCHES } from './hostile-batches';

jest.setTimeout(300_000);

const MAX_RSS_MIB = 512;
const ARCHIVE_GROUP = 'metadata-archive';
const PARTITION = 2;
const TAKEN = 0;

/** Whoever may write to a topic must not stop what others write, on this topic or on another. */
describe('the worker, where anybody may write to its topics', () => {
  let worker: WorkerUnderTest;
  let bystanders: Bystanders;
  let bucket: ArchiveBucket;
  let app: AppProcess;
  /** Made once: they take longer to write than to get over. */
  const hostile = new Map<string, readonly Buffer[]>();

  const write = async (topic: string, batches: readonly Buffer[]): Promise<number[]> => {
    const answers = await rawProduce(kafkaBrokers, { topic, partition: PARTITION }, batches);
    return answers.map(({ error }) => error);
  };
  const expectUnharmed = async (): Promise<void> => {
    expect(await bystanders.lost()).toBe(0);
    expect(await app.status('/health/live')).toBe(200);
    expect(app.peakRssMib).toBeLessThan(MAX_RSS_MIB);
  };

  beforeAll(async () => {
    worker = await WorkerUnderTest.prepare();
    bystanders = await Bystanders.beside(worker);
    bucket = await ArchiveBucket.make();
    await bystanders.of(GPU_METADATA_TOPIC).beginHere(ARCHIVE_GROUP);
    app = await worker.start({ ...bucket.env, ARCHIVE_MAX_AGE_MS: '1000', LOG_LEVEL: 'error' });
  });
  afterAll(async () => {
    await app.stop();
    await bystanders.close();
    await worker.discard();
  });

  describe.each(TOPICS)('on %s', (topic) => {
    it.each(Object.keys(HOSTILE_BATCHES))('goes on beside %s', async (name) => {
      const written = hostile.get(name) ?? HOSTILE_BATCHES[name]!();
      hostile.set(name, written);
      expect(await write(topic, written)).toEqual(written.map(() => TAKEN));
      await expectUnharmed();
    });

    it.each(Object.entries(REFUSED_BATCHES))('never meets %s: Kafka refuses it', async (_name, batch) => {
      expect(await write(topic, [batch()])).not.toEqual([TAKEN]);
      await expectUnharmed();
    });

    it('has nothing left in the end', async () => {
      expect(await bystanders.lags()).toEqual([0, 0, 0]);
    });
  });

  it('archives beside all of it', async () => {
    expect(await bystanders.lags(ARCHIVE_GROUP, [GPU_METADATA_TOPIC])).toEqual([0]);
  });

  it('makes a dead letter of each record of a batch that expands too far, with what can be told of it', async () => {
    const ends = await bystanders.of(GPU_METADATA_TOPIC).ends();
    const first = ends.get(PARTITION)!;
    const bomb = rawBatch(
      [
        { key: 'a', value: 'small' },
        { key: 'b', value: Buffer.alloc(200 * 1024 * 1024), headers: [['h', 'v']] },
        { key: 'c', value: 'small' },
      ],
      { attributes: CompressionTypes.ZSTD, compress: zstdCompressSync },
    );
    expect(await write(GPU_METADATA_TOPIC, [bomb])).toEqual([TAKEN]);
    const offsets = [first, first + 1, first + 2];
    const letters = await bystanders.of(GPU_METADATA_TOPIC).deadLettersOf(PARTITION, offsets);
    const told = letters.map(({ key, headers }) => [
      text(headers, 'dlq-offset'),
      key === null ? null : String(key),
      text(headers, 'dlq-code'),
      text(headers, 'dlq-truncated'),
    ]);
    expect(told).toEqual([
      [String(first), 'a', 'undecodable_record', undefined],
      [String(first + 1), 'b', 'too_large_to_read', 'key,headers,value'],
      [String(first + 2), null, 'too_large_to_read', 'key,headers,value'],
    ]);
    await expectUnharmed();
  });

  it('keeps all of a record that is larger than its dead-letter topic takes, compressed', async () => {
    const ends = await bystanders.of(GPU_METADATA_TOPIC).ends();
    const value = Buffer.alloc(3 * 1024 * 1024, 'again and again ');
    const batch = rawBatch([{ key: 'large', value }], {
      attributes: CompressionTypes.GZIP,
      compress: gzipSync,
    });
    expect(await write(GPU_METADATA_TOPIC, [batch])).toEqual([TAKEN]);
    const offset = ends.get(PARTITION)!;
    const [letter] = await bystanders.of(GPU_METADATA_TOPIC).deadLettersOf(PARTITION, [offset]);
    expect(letter!.value!.equals(value)).toBe(true);
    expect(text(letter!.headers, 'dlq-code')).toBe('invalid_record');
    await expectUnharmed();
  });

  it('goes on with all other partitions beside a transaction that nobody ends', async () => {
    const producer = testKafka().producer({ transactionalId: ownName('open'), maxInFlightRequests: 1 });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic: GPU_METADATA_TOPIC, messages: [{ value: 'x', partition: PARTITION }] });
    // The partition itself waits, by Kafka's own rules, until the transaction ends.
    const waiting = bystanders.lost();
    const others = TOPICS.filter((name) => name !== GPU_METADATA_TOPIC);
    expect(await bystanders.lags(worker.groupId, others)).toEqual([0, 0]);
    await transaction.abort();
    await producer.disconnect();
    expect(await waiting).toBe(0);
  });

  it('stores what others write beside batches of any content, on any topic and its dead letters', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom('{}', '[]', 'null', '{"schemaVersion":1}', '{"host":"h","ts":1}', '\ud800'),
    );
    const name = fc.oneof(
      bytes,
      fc.constantFrom('__proto__', 'toString', 'traceparent', 'dlq-code', 'origin-offset', 'producer-key-id'),
    );
    const record = fc.record({
      key: fc.option(bytes),
      value: fc.option(bytes),
      headers: fc.array(fc.tuple(name, fc.option(bytes)), { maxLength: 30 }),
      offsetDelta: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      timestampDelta: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      attributes: fc.nat(127),
    });
    const batch = fc.record({
      records: fc.array(record, { minLength: 1, maxLength: 30 }),
      times: fc.constantFrom(1, 1, 1, 200),
      /** A record of so many bytes more, where the batch is compressed. */
      large: fc.option(fc.nat(40_000_000)),
      compression: fc.constantFrom(CompressionTypes.None, CompressionTypes.GZIP, CompressionTypes.ZSTD),
    });
    const topic = fc.constantFrom(...TOPICS, ...TOPICS.map(deadLetterTopic));
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(topic, fc.array(batch, { minLength: 1, maxLength: 10 }), async (to, batches) => {
        const written = batches.map(({ records, times, large, compression }) => {
          const repeated = Array.from({ length: times }, () => records).flat();
          if (compression === CompressionTypes.None) return rawBatch(repeated);
          // Kafka looks at the offsets in a compressed batch.
          const all = [...(large === null ? [] : [{ value: Buffer.alloc(large) }]), ...repeated];
          const inOrder = all.map((one, offsetDelta) => ({ ...one, offsetDelta }));
          const compress = compression === CompressionTypes.GZIP ? gzipSync : zstdCompressSync;
          return rawBatch(inOrder, { attributes: compression, compress });
        });
        const partition = TOPICS.some((one) => one === to) ? PARTITION : 0;
        const answers = await rawProduce(kafkaBrokers, { topic: to, partition }, written);
        taken += answers.filter(({ error }) => error === TAKEN).length;
        await expectUnharmed();
      }),
      // A smaller counterexample would cost a minute a try.
      { numRuns: 12, endOnFailure: true },
    );
    expect(taken).toBeGreaterThan(10);
    expect(await bystanders.lags()).toEqual([0, 0, 0]);
  });
});
