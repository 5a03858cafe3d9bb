import { randomUUID } from 'node:crypto';
import { mongo } from 'mongoose';
import { RecordMetadata } from '@libs/domain';
import type { GpuMetadataDocument } from '../src/adapters/mongo/gpu-metadata.document';
import { MongoMetadataStore, type MetadataCollection } from '../src/adapters/mongo/mongo-metadata-store';
import { kindsOf, recordedMetadata, second } from './recorded-events';
import { connectDatabase, ownName } from '@libs/testing/test-stack';

describe(MongoMetadataStore.name, () => {
  let client: mongo.MongoClient;
  let collection: MetadataCollection;
  let store: MongoMetadataStore;
  const eventId = randomUUID();
  const event = (
    model: string,
    at: number,
    keyId: string | null = 'me',
  ): ReturnType<typeof recordedMetadata> =>
    recordedMetadata({ eventId, model, acceptedAt: second(at), producer: { keyId } });
  const document = (): Promise<GpuMetadataDocument | null> => collection.findOne({ _id: eventId });
  /** Every document byte for byte, as the server holds it. */
  const contents = async (): Promise<Buffer[]> =>
    (await collection.find({}, { raw: true }).sort({ _id: 1 }).toArray()) as unknown as Buffer[];

  beforeAll(async () => {
    client = await connectDatabase();
    collection = client.db(ownName('store_test')).collection('gpu_metadata');
    store = new MongoMetadataStore(() => collection, 'vector');
  });
  afterAll(async () => {
    await client.db(collection.dbName).dropDatabase();
    await client.close();
  });
  beforeEach(() => collection.deleteMany({}));

  it('stores a fresh event whole, with the types of the contract', async () => {
    const source = { kind: 'image', uri: 's3://bucket/cat.jpg', name: 'cat.jpg' } as const;
    const record = recordedMetadata({ eventId, source, attributes: { batch: 7, f: 0.5, ok: true, s: 'x' } });
    expect(kindsOf(await store.upsert([record]))).toEqual(['stored']);
    expect(await collection.findOne({ _id: eventId }, { useBigInt64: true })).toEqual({
      _id: eventId,
      schemaVersion: 1,
      model: 'resnet50',
      embedding: mongo.Binary.fromFloat32Array(Float32Array.of(3, 4)),
      embeddingDimension: 2,
      embeddingNorm: 5,
      gpu: { ...record.gpu, memoryUtilization: 0.25 },
      source,
      tags: ['colab'],
      attributes: { batch: 7, f: 0.5, ok: true, s: 'x' },
      producer: { keyId: null },
      capturedAt: record.capturedAt,
      acceptedAt: record.acceptedAt,
      processedAt: record.processedAt,
      pipeline: {
        tags: ['test'],
        topic: 'gpu-metadata',
        partition: 2,
        offset: 2n ** 53n + 1n,
        workerVersion: '0.0.0',
        ingestLatencyMs: 12,
      },
    });
  });

  it('leaves out the source of an event that has none, and keeps nulls', async () => {
    const unknown = { totalMemoryBytes: null, allocatedMemoryBytes: null, computeCapability: null };
    const versions = { driverVersion: null, cudaVersion: null, hipVersion: null, torchVersion: null };
    const gpu = { deviceName: 'cpu', backend: null, ...unknown, ...versions };
    await store.upsert([recordedMetadata({ eventId, gpu, memoryUtilization: null })]);
    const stored = await document();
    expect(stored).not.toHaveProperty('source');
    expect(stored?.gpu).toEqual({ ...gpu, memoryUtilization: null });
  });

  it('replaces the whole document with a later event', async () => {
    const source = { kind: 'image' } as const;
    await store.upsert([{ ...event('first', 1), source, attributes: { old: 1 } }]);
    expect(kindsOf(await store.upsert([{ ...event('second', 2), attributes: { new: 2 } }]))).toEqual([
      'stored',
    ]);
    const stored = await document();
    expect(stored).toMatchObject({ model: 'second', attributes: { new: 2 }, acceptedAt: second(2) });
    expect(stored?.attributes).toEqual({ new: 2 });
    expect(stored).not.toHaveProperty('source');
  });

  it.each([
    ['an equally new', 5],
    ['an earlier', 4],
  ])('changes nothing for %s event', async (_, at) => {
    await store.upsert([event('first', 5)]);
    const before = await contents();
    expect(kindsOf(await store.upsert([event('other', at)]))).toEqual(['superseded']);
    expect(await contents()).toEqual(before);
  });

  it.each([
    ['another key id', 'me', 'you'],
    ['a key id where there was none', null, 'you'],
    ['no key id where there was one', 'me', null],
    ['no key id where one is called null', 'null', null],
  ])('never lets %s replace a document, however new its event is', async (_, mine, theirs) => {
    await store.upsert([event('mine', 1, mine)]);
    const before = await contents();
    const outcomes = await store.upsert([event('theirs', 9, theirs)]);
    expect(kindsOf([...outcomes, ...(await store.upsert([event('theirs', 0, theirs)]))])).toEqual([
      'foreign',
      'foreign',
    ]);
    expect(await contents()).toEqual(before);
  });

  it('gives a fresh id that key ids claim in one delivery to the first, though it is the earliest', async () => {
    const record = new RecordMetadata(
      store,
      { now: () => new Date() },
      { pipelineTags: [], workerVersion: '0' },
    );
    const claims = [event('mine', 1, 'me'), event('theirs', 9, 'you'), event('x', 8, null)];
    const delivered = claims.map((metadata) => ({
      metadata,
      position: metadata.pipeline.position,
      replayed: false,
    }));
    expect(kindsOf(await record.execute(delivered))).toEqual(['stored', 'foreign', 'foreign']);
    expect((await document())?.model).toBe('mine');
  });

  it('settles 500 events of every kind in one batch, each with its own outcome, in order', async () => {
    const kinds = ['stored', 'stored', 'superseded', 'superseded', 'foreign'];
    const fresh = Array.from({ length: 500 }, () => recordedMetadata({ acceptedAt: second(5) }));
    await store.upsert(fresh.filter((_, at) => at % 5 !== 0));
    const batch = fresh.map((record, at) => {
      const acceptedAt = second([5, 6, 5, 4, 9][at % 5]!);
      const producer = { keyId: at % 5 === 4 ? 'you' : null };
      return { ...record, acceptedAt, producer, model: `batch-${at}` };
    });
    expect(kindsOf(await store.upsert(batch))).toEqual(batch.map((_, at) => kinds[at % 5]));
    const models = new Map((await collection.find().toArray()).map(({ _id, model }) => [_id, model]));
    const expected = batch.map(({ eventId: id, model }, at) => [id, at % 5 < 2 ? model : 'resnet50']);
    expect([...models]).toHaveLength(500);
    expect(models).toEqual(new Map(expected as [string, string][]));
  });

  it('changes no byte when a batch is delivered again, later and in another order', async () => {
    const batch = Array.from({ length: 50 }, (_, at) => recordedMetadata({ acceptedAt: second(at % 3) }));
    await store.upsert(batch);
    const before = await contents();
    const again = batch
      .toReversed()
      .map((record) => ({ ...record, processedAt: new Date(), model: 'again' }));
    expect(new Set(kindsOf(await store.upsert(again)))).toEqual(new Set(['superseded']));
    expect(await contents()).toEqual(before);
  });

  it('keeps attributes that look like types or operators of the database as they are', async () => {
    const attributes = {
      _bsontype: 'ObjectId',
      toBSON: 'a text',
      _id: 'x',
      text: '$where',
      code: 'function () { return true; }',
      path: '$model',
      big: 2 ** 53 - 1,
      negativeZero: -0,
    };
    await store.upsert([
      recordedMetadata({ eventId, attributes, model: '$$ROOT', tags: ['$set', '_bsontype'] }),
    ]);
    const stored = await document();
    expect(stored?.attributes).toEqual(attributes);
    expect(stored).toMatchObject({ model: '$$ROOT', tags: ['$set', '_bsontype'] });
  });

  it('refuses nobody else when the server refuses one document of a batch', async () => {
    const name = 'validated';
    await client.db(collection.dbName).createCollection(name, { validator: { model: { $ne: 'refused' } } });
    const validated = client.db(collection.dbName).collection<GpuMetadataDocument>(name);
    const models = ['a', 'refused', 'b', 'refused', 'c'];
    const batch = models.map((model) => recordedMetadata({ model }));
    const outcomes = await new MongoMetadataStore(() => validated, 'vector').upsert(batch);
    expect(kindsOf(outcomes)).toEqual(['stored', 'rejected', 'stored', 'rejected', 'stored']);
    expect(outcomes[1]).toMatchObject({ error: { code: 'record_rejected', retriable: false } });
    expect((await validated.find().toArray()).map(({ model }) => model).sort()).toEqual(['a', 'b', 'c']);
  });
});
