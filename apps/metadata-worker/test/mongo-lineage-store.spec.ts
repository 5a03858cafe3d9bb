import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { mongo } from 'mongoose';
import { StoreUnavailable, type LineageEvent, type RecordedLineage } from '@libs/domain';
import { gpuMetrics, tokenUsage } from '@libs/domain/testing';
import {
  LINEAGE_COLLECTIONS,
  type LineageCollection,
  type LineageDocument,
} from '../src/adapters/mongo/lineage.document';
import { MongoLineageStore } from '../src/adapters/mongo/mongo-lineage-store';
import { interrupted, withMethods } from './collection-double';
import { connectDatabase, ownName } from '@libs/testing/test-stack';

const PROCESSED_AT = new Date('2026-11-21T05:40:01.500Z');

function recorded(event: LineageEvent, offset = 0n, processedAt = PROCESSED_AT): RecordedLineage {
  const position = { topic: 'x.v1', partition: 2, offset };
  return { event, producer: { keyId: null }, position, processedAt, workerVersion: '1.2.3' };
}

const readingBy = (keyId: string | null, id: string, power_w: number): RecordedLineage => ({
  ...recorded(gpuMetrics({ id, power_w })),
  producer: { keyId },
});

const kindsOf = (outcomes: readonly { readonly kind: string }[]): string[] =>
  outcomes.map(({ kind }) => kind);
const readings = (ids: readonly string[], power_w: number): RecordedLineage[] =>
  ids.map((id) => recorded(gpuMetrics({ id, power_w })));
const newIds = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${randomUUID()}/${at}/ts`);

describe(MongoLineageStore.name, () => {
  let clients: [mongo.MongoClient, mongo.MongoClient];
  const database = ownName('lineage_test');
  const metricsOf = (client: mongo.MongoClient): LineageCollection =>
    client.db(database).collection<LineageDocument>('gpu_metrics');
  const storeOf = (client: mongo.MongoClient): MongoLineageStore =>
    new MongoLineageStore((kind) =>
      client.db(database).collection<LineageDocument>(LINEAGE_COLLECTIONS[kind]),
    );
  let metrics: LineageCollection;
  let usages: LineageCollection;
  let store: MongoLineageStore;
  const contents = async (): Promise<Buffer[]> =>
    (await metrics.find({}, { raw: true }).sort({ _id: 1 }).toArray()) as unknown as Buffer[];

  beforeAll(async () => {
    clients = await Promise.all([connectDatabase(), connectDatabase()]);
    metrics = metricsOf(clients[0]);
    usages = clients[0].db(database).collection<LineageDocument>('token_usage');
    store = storeOf(clients[0]);
  });
  afterAll(async () => {
    await clients[0].db(database).dropDatabase();
    await Promise.all(clients.map((client) => client.close()));
  });
  beforeEach(() => Promise.all([metrics.deleteMany({}), usages.deleteMany({})]));

  it('stores each kind in its collection, in the field names of its contract', async () => {
    const additional = { 10: 1.5, job: null, toBSON: 'x', note: '$where', ecc: true };
    const batch = [
      recorded(gpuMetrics({ power_w: null, additional }), 2n ** 53n + 1n),
      recorded(tokenUsage({ prompt_tokens: 2 ** 53 - 1 })),
    ];
    expect(kindsOf(await store.add(batch))).toEqual(['stored', 'stored']);
    const pipeline = { topic: 'x.v1', partition: 2, keyId: null, workerVersion: '1.2.3' };
    expect(await metrics.find({}, { useBigInt64: true }).toArray()).toEqual([
      {
        _id: 'node-1/0/2026-11-21T05:39:39.000Z',
        host: 'node-1',
        gpu_index: 0,
        utilization: 87.5,
        mem_used_mb: 10240,
        power_w: null,
        ts: new Date('2026-11-21T05:39:39.000Z'),
        ...additional,
        processedAt: PROCESSED_AT,
        pipeline: { ...pipeline, offset: 2n ** 53n + 1n },
      },
    ]);
    expect(await usages.find({}, { useBigInt64: true }).toArray()).toEqual([
      {
        _id: '0198f0c0-0000-7000-8000-000000000001',
        event_id: '0198f0c0-0000-7000-8000-000000000001',
        model: 'llama-3-8b',
        prompt_tokens: 2 ** 53 - 1,
        completion_tokens: 128,
        cost_per_token: 0.0000002,
        ts: new Date('2026-11-21T05:39:39.000Z'),
        processedAt: PROCESSED_AT,
        pipeline: { ...pipeline, offset: 0n },
      },
    ]);
  });

  it('changes no byte when events are delivered again, later, in another order and among new ones', async () => {
    const [known, fresh] = [newIds(50), newIds(10)];
    await store.add(readings(known, 1));
    const before = await contents();
    const later = new Date(PROCESSED_AT.getTime() + 1000);
    const again = readings([...fresh, ...known].toReversed(), 2).map(({ event }) =>
      recorded(event, 9n, later),
    );
    const outcomes = kindsOf(await store.add(again));
    expect(outcomes).toEqual([...known.map(() => 'superseded'), ...fresh.map(() => 'stored')]);
    await metrics.deleteMany({ _id: { $in: fresh } });
    expect(await contents()).toEqual(before);
  });

  it('keeps the first of an identity that comes twice in one batch', async () => {
    const [id] = newIds(1) as [string];
    expect(kindsOf(await store.add([...readings([id], 1), ...readings([id, id], 2)]))).toEqual([
      'stored',
      'superseded',
      'superseded',
    ]);
    expect(await metrics.findOne({ _id: id })).toMatchObject({ power_w: 1 });
  });

  it.each([[['thief', 'owner', null]], [['owner', null, 'thief']], [[null, 'thief', 'owner']]])(
    'keeps one document for each of %j, whoever comes first under the identity itself',
    async (owners) => {
      const [id] = newIds(1) as [string];
      const batch = owners.map((keyId, at) => readingBy(keyId, id, at));
      expect(kindsOf(await store.add(batch))).toEqual(['stored', 'foreign', 'foreign']);
      const before = await contents();
      const again = owners.map((keyId) => readingBy(keyId, id, 9)).toReversed();
      expect(kindsOf(await store.add(again))).toEqual(['foreign', 'foreign', 'superseded']);
      expect(await contents()).toEqual(before);
      const idOf = (keyId: string | null, at: number): string => (at === 0 ? id : `${id}@${keyId ?? ''}`);
      expect(await metrics.find().sort({ power_w: 1 }).toArray()).toMatchObject(
        owners.map((keyId, at) => ({ _id: idOf(keyId, at), power_w: at, pipeline: { keyId } })),
      );
    },
  );

  it('treats a document that names no key id as one that was posted without a key', async () => {
    const [id] = newIds(1) as [string];
    await store.add([readingBy(null, id, 1)]);
    await metrics.updateOne({ _id: id }, { $unset: { 'pipeline.keyId': 1 } });
    const outcomes = await store.add([readingBy('owner', id, 2), readingBy(null, id, 3)]);
    expect(kindsOf(outcomes)).toEqual(['foreign', 'superseded']);
    expect(await metrics.findOne({ _id: `${id}@owner` })).toMatchObject({ power_w: 2 });
  });

  it('keeps one document of each owner and identity as it was, whatever two writers add at once', async () => {
    const [one, two] = clients.map(storeOf) as [MongoLineageStore, MongoLineageStore];
    const use = fc.tuple(fc.constantFrom(null, 'x', 'y'), fc.constantFrom('a', 'b'));
    const batch = fc.array(use, { minLength: 1, maxLength: 6 });
    const turns = fc.array(fc.tuple(batch, batch), { minLength: 1, maxLength: 6 });
    const nameOf = (id: string, keyId: string | null): string => `${id} of ${String(keyId)}`;
    await fc.assert(
      fc.asyncProperty(turns, async (deliveries) => {
        await metrics.deleteMany({});
        const names: string[] = [];
        let before: LineageDocument[] = [];
        for (const pair of deliveries) {
          const [ours, theirs] = pair.map((uses) =>
            uses.map(([keyId, id]) => readingBy(keyId, id, names.push(nameOf(id, keyId)) - 1)),
          ) as [RecordedLineage[], RecordedLineage[]];
          const outcomes = await Promise.all([one.add(ours), two.add(theirs)]);
          const documents = await metrics.find().toArray();
          const kept = documents.map(({ _id, pipeline }) => nameOf(_id.split('@')[0]!, pipeline.keyId));
          expect(kept.toSorted()).toEqual([...new Set(names)].sort());
          expect(documents.map(({ power_w }) => names[power_w as number])).toEqual(kept);
          expect(documents).toEqual(expect.arrayContaining(before));
          const firsts = new Set(kept.filter((_, at) => !documents[at]!._id.includes('@')));
          expect(kindsOf(outcomes.flat()).map((kind) => kind === 'foreign')).toEqual(
            pair.flat().map(([keyId, id]) => !firsts.has(nameOf(id, keyId))),
          );
          before = documents;
        }
      }),
      { numRuns: 30 },
    );
  });

  it('tells exactly one of two writers at once that its event is stored, and keeps that one', async () => {
    const [one, two] = clients.map(storeOf) as [MongoLineageStore, MongoLineageStore];
    for (let round = 0; round < 10; round++) {
      const ids = newIds(100);
      const [ones, twos] = await Promise.all([
        one.add(readings(ids, 1)),
        two.add(readings(ids.toReversed(), 2)),
      ]);
      const winners = ids.map((_, at) => [kindsOf(ones)[at], kindsOf(twos).toReversed()[at]]);
      expect(new Set(winners.map((pair) => pair.toSorted().join()))).toEqual(new Set(['stored,superseded']));
      const kept = new Map((await metrics.find().toArray()).map(({ _id, power_w }) => [_id, power_w]));
      expect(ids.map((id) => kept.get(id))).toEqual(winners.map(([first]) => (first === 'stored' ? 1 : 2)));
    }
  });

  it('rejects one event alone, also for a unique index that somebody added', async () => {
    const name = 'guarded';
    const guarded = await clients[0]
      .db(database)
      .createCollection<LineageDocument>(name, { validator: { host: { $ne: 'refused' } } });
    await guarded.createIndex({ power_w: 1 }, { unique: true });
    const ids = newIds(4);
    const hosts = ['a', 'refused', 'c', 'd'];
    const batch = ids.map((id, at) =>
      recorded(gpuMetrics({ id, host: hosts[at]!, power_w: at === 3 ? 0 : at })),
    );
    batch.push(readingBy('other', ids[0]!, 2));
    const outcomes = await new MongoLineageStore(() => guarded).add(batch);
    expect(kindsOf(outcomes)).toEqual(['stored', 'rejected', 'stored', 'rejected', 'rejected']);
    expect(outcomes[3]).toMatchObject({
      error: { code: 'record_rejected', message: expect.stringMatching(/E11000/) },
    });
    expect(await guarded.countDocuments()).toBe(2);
  });

  it('does not take a document for stored that no majority holds yet', async () => {
    const ids = newIds(2);
    await store.add(readings(ids, 1));
    let looks = 0;
    const lagging = withMethods(metrics, {
      find: (filter, options) => metrics.find(looks++ === 0 ? { _id: 'none' } : filter, options),
    });
    await expect(new MongoLineageStore(() => lagging).add(readings(ids, 2))).rejects.toThrow(
      StoreUnavailable,
    );
  });

  it('leaves a batch to be tried again when the database fails as a whole, and then stores it once', async () => {
    const ids = newIds(20);
    const cut = interrupted(metrics, [
      async () => {
        await store.add(readings(ids.slice(0, 7), 1));
        throw new mongo.MongoNetworkError('cut after a part was written');
      },
    ]);
    const over = new MongoLineageStore(() => cut);
    await expect(over.add(readings(ids, 1))).rejects.toThrow(StoreUnavailable);
    expect(kindsOf(await over.add(readings(ids, 1)))).toEqual(
      ids.map((_, at) => (at < 7 ? 'superseded' : 'stored')),
    );
    expect(await metrics.countDocuments()).toBe(20);
  });

  it('does not blame the database for a slip in the code', async () => {
    const broken = new MongoLineageStore(() => {
      throw new TypeError('a slip');
    });
    await expect(broken.add(readings(['x'], 1))).rejects.toThrow(TypeError);
  });

  it('finds by identity what a full scan finds', async () => {
    const ids = Array.from({ length: 300 }, (_, at) => `ho/st-${at % 7}é😀/${at}/${randomUUID()}`);
    await store.add(
      readings(
        ids.filter((_, at) => at % 3 !== 0),
        1,
      ),
    );
    for (let round = 0; round < 20; round++) {
      const asked = ids.filter(() => Math.random() < 0.2);
      const filter = { _id: { $in: asked } };
      const options = { readConcern: { level: 'majority' }, readPreference: 'primary' } as const;
      const byIndex = await metrics.find(filter, options).toArray();
      const byScan = await metrics.find(filter, { ...options, hint: { $natural: 1 } }).toArray();
      const expected = asked.filter((id) => ids.indexOf(id) % 3 !== 0).sort();
      expect(byIndex.map(({ _id }) => _id).sort()).toEqual(expected);
      expect(byScan.map(({ _id }) => _id).sort()).toEqual(expected);
    }
  });
});
