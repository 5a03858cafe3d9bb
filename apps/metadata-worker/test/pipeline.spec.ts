import { randomUUID } from 'node:crypto';
import { mongo } from 'mongoose';
import type { AcceptedMetadata } from '@libs/domain';
import { acceptedMetadata } from '@libs/domain/testing';
import type { AppProcess } from '@libs/testing/app-process';
import { version } from '../../../package.json';
import { messageOf, MetadataTopic } from '@libs/testing/metadata-topic';
import { second } from './recorded-events';
import { WorkerUnderTest } from '@libs/testing/worker-under-test';

const PARTITION = 4;

describe('the worker between Kafka and the database', () => {
  let topic: MetadataTopic;
  let worker: WorkerUnderTest;
  let app: AppProcess;
  let starts: ReadonlyMap<number, number>;
  const event = (changes: Partial<AcceptedMetadata> = {}): AcceptedMetadata =>
    acceptedMetadata({ eventId: randomUUID(), ...changes });

  beforeAll(async () => {
    [topic, worker] = await Promise.all([MetadataTopic.open(), WorkerUnderTest.prepare()]);
    starts = await topic.committed(worker.groupId);
    app = await worker.start({ PIPELINE_TAGS: 'lab, night' });
  });
  afterAll(async () => {
    await app.stop();
    await Promise.all([topic.close(), worker.discard()]);
  });

  it('stores an event with everything the worker adds, each value of its type', async () => {
    const source = { kind: 'image', uri: 's3://bucket/cat.jpg', name: 'cat.jpg' } as const;
    const acceptedAt = new Date(Date.now() - 5);
    const attributes = { batch: 7, ok: true, note: 'x', _bsontype: 'Binary', 'model.type': 'cnn' };
    const { 'model.type': type, ...plain } = attributes;
    const gpu = {
      ...acceptedMetadata().gpu,
      totalMemoryBytes: 15_843_721_216,
      allocatedMemoryBytes: 102_760_448,
    };
    const published = event({ source, acceptedAt, attributes, gpu, producer: { keyId: 'colab' } });
    const offset = await topic.publish(PARTITION, [messageOf(published)]);
    await topic.settledBy(worker.groupId);
    const { eventId: _id, embedding, ...rest } = published;
    const stored = await worker.documents.findOne({ _id }, { useBigInt64: true });
    const { processedAt } = stored!;
    expect(processedAt).toBeInstanceOf(Date);
    expect(Math.abs(Date.now() - processedAt.getTime())).toBeLessThan(30_000);
    expect(stored).toEqual({
      _id,
      ...rest,
      attributes: { ...plain, 'model%2Etype': type },
      schemaVersion: 1,
      embedding: mongo.Binary.fromFloat32Array(embedding),
      embeddingDimension: 2,
      embeddingNorm: 5,
      gpu: { ...gpu, memoryUtilization: 102_760_448 / 15_843_721_216 },
      processedAt,
      pipeline: {
        tags: ['lab', 'night'],
        topic: 'gpu-metadata',
        partition: PARTITION,
        offset: BigInt(offset),
        workerVersion: version,
        ingestLatencyMs: Math.max(0, processedAt.getTime() - acceptedAt.getTime()),
      },
    });
  });

  it('makes one document of an event that comes three times, with the body accepted last', async () => {
    const eventId = randomUUID();
    const earlier = event({ eventId, model: 'earlier', acceptedAt: second(1) });
    const later = event({ eventId, model: 'later', acceptedAt: second(2) });
    await topic.publish(0, [messageOf(later)]);
    await topic.publish(1, [messageOf(earlier), messageOf(later)]);
    await topic.settledBy(worker.groupId);
    const found = await worker.documents.find({ _id: eventId }).toArray();
    expect(found.map(({ model }) => model)).toEqual(['later']);
  });

  it('lets no other key id touch a document, and says so in metrics and log', async () => {
    const eventId = randomUUID();
    await topic.publish(2, [messageOf(event({ eventId, model: 'mine', producer: { keyId: 'me' } }))]);
    await topic.settledBy(worker.groupId);
    const theirs = event({ eventId, model: 'theirs', acceptedAt: second(59), producer: { keyId: 'you' } });
    await topic.publish(2, [messageOf(theirs)]);
    await topic.settledBy(worker.groupId);
    expect((await worker.documents.findOne({ _id: eventId }))?.model).toBe('mine');
    expect(await (await fetch(`${app.url}/metrics`)).text()).toMatch(
      /consumer_records_total\{topic="gpu-metadata",outcome="foreign"\} [1-9]/,
    );
    expect(app.output).toContain(`"eventId":"${eventId}","keyId":"you"`);
  });

  it('keeps the first position of a replayed event and gives it no latency', async () => {
    const replayed = event();
    const origin = {
      'origin-topic': 'gpu-metadata',
      'origin-partition': '5',
      'origin-offset': '9007199254740993',
    };
    await topic.publish(3, [messageOf(replayed, origin)]);
    await topic.settledBy(worker.groupId);
    const stored = await worker.documents.findOne({ _id: replayed.eventId }, { useBigInt64: true });
    expect(stored?.pipeline).toMatchObject({
      topic: 'gpu-metadata',
      partition: 5,
      offset: 9007199254740993n,
      ingestLatencyMs: null,
    });
  });

  it('changes no byte of any document when the whole topic is delivered again', async () => {
    const many = Array.from({ length: 450 }, (_, at) => event({ model: `model-${at % 7}` }));
    for (let partition = 0; partition < 6; partition++) {
      await topic.publish(
        partition,
        many.filter((_, at) => at % 6 === partition).map((one) => messageOf(one)),
      );
    }
    await topic.settledBy(worker.groupId);
    const before = await worker.contents();
    expect(before.length).toBeGreaterThanOrEqual(450);
    expect(await app.stop()).toBe(0);
    await topic.place(worker.groupId, starts);
    expect(await topic.committed(worker.groupId)).toEqual(starts);
    app = await worker.start({ PIPELINE_TAGS: 'another' });
    await topic.settledBy(worker.groupId);
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    expect(metrics).not.toContain('outcome="stored"');
    expect(Number(/outcome="superseded"} (\d+)/.exec(metrics)?.[1])).toBeGreaterThanOrEqual(450);
    expect(await worker.contents()).toEqual(before);
  });

  it('works record by record, with embeddings as arrays, where it is set so', async () => {
    const other = await WorkerUnderTest.prepare();
    const single = await other.start({ BATCH_MAX_RECORDS: '1', EMBEDDING_STORAGE: 'array' });
    try {
      const events = Array.from({ length: 5 }, () => event({ embedding: Float32Array.of(0.1, -0, 3) }));
      await topic.publish(
        0,
        events.map((one) => messageOf(one)),
      );
      await topic.settledBy(other.groupId);
      const ids = events.map(({ eventId }) => eventId);
      const found = await other.documents.find({ _id: { $in: ids } }).toArray();
      expect(found.map(({ embedding }) => embedding)).toEqual(ids.map(() => [Math.fround(0.1), -0, 3]));
      const metrics = await (await fetch(`${single.url}/metrics`)).text();
      expect(metrics).toContain(`consumer_batch_duration_seconds_count{topic="gpu-metadata"} ${ids.length}`);
    } finally {
      await single.stop();
      await other.discard();
    }
  });
});
