import { mongo } from 'mongoose';
import { StoreUnavailable } from '@libs/domain';
import { ALL_MIGRATIONS } from '../src/adapters/mongo/migrations/all-migrations';
import { hourlyPipeline } from '../src/adapters/mongo/hourly-count';
import { Migrator } from '../src/adapters/mongo/migrations/migrator';
import { MongoHourlyRollups, type HourlyDocument } from '../src/adapters/mongo/mongo-hourly-rollups';
import { figuresOf, nextHour, recount, type Counted } from './recount';
import { connectDatabase, ownName } from '@libs/testing/test-stack';

const HOURS = [5, 6, 7].map((hour) => new Date(Date.UTC(2026, 10, 21, hour)));
const [FIVE, SIX] = HOURS as [Date, Date];

type Recorded = Counted & { readonly _id: string };

describe(MongoHourlyRollups.name, () => {
  let client: mongo.MongoClient;
  let database: mongo.Db;
  let rollups: MongoHourlyRollups;
  let serial = 0;
  const documents = (): mongo.Collection<Recorded> => database.collection('gpu_metadata');
  const hourly = (): mongo.Collection<HourlyDocument> => database.collection('gpu_metadata_hourly');
  const stored = async (): Promise<unknown> => figuresOf(await hourly().find().toArray());
  const pick = <T>(...values: readonly T[]): T => values[Math.floor(Math.random() * values.length)]!;
  const recorded = (changes: Partial<Recorded> = {}): Recorded => ({
    _id: String(serial++),
    model: 'a',
    gpu: { deviceName: 'cpu', memoryUtilization: null },
    embeddingDimension: 2,
    capturedAt: FIVE,
    pipeline: { ingestLatencyMs: null },
    ...changes,
  });
  /** Anywhere in the three hours; often on the first or the last millisecond of one. */
  const anyDocument = (): Recorded =>
    recorded({
      model: pick('a', 'b', '$model', ''),
      gpu: { deviceName: pick('cpu', 'Tesla T4'), memoryUtilization: pick(null, 0, Math.random()) },
      embeddingDimension: pick(2, 512, 2048),
      capturedAt: new Date(
        pick(...HOURS).getTime() + pick(0, 1, 3_599_999, Math.floor(Math.random() * 3_600_000)),
      ),
      pipeline: { ingestLatencyMs: pick(null, 0, Math.floor(Math.random() * 1_000)) },
    });

  beforeAll(async () => {
    client = await connectDatabase();
    database = client.db(ownName('rollups_test'));
    const migrator = new Migrator(database, ALL_MIGRATIONS);
    for (const migration of await migrator.pending()) await migrator.make(migration, () => Promise.resolve());
    rollups = new MongoHourlyRollups(() => database, 30_000);
  });
  beforeEach(() => Promise.all([documents().deleteMany({}), hourly().deleteMany({})]));
  afterAll(async () => {
    await database.dropDatabase();
    await client.close();
  });

  it('equals a recount of random documents in plain JavaScript, whatever index the database takes', async () => {
    const random = Array.from({ length: 600 }, anyDocument);
    await documents().insertMany(random);
    for (const hour of HOURS) {
      await rollups.recount(hour);
      const scanned = await documents()
        .aggregate(hourlyPipeline(hour), { hint: { $natural: 1 } })
        .toArray();
      const counts = scanned.map(({ count }) => count as number);
      const inHour = random.filter(({ capturedAt }) => capturedAt >= hour && capturedAt < nextHour(hour));
      expect(counts.reduce((a, b) => a + b, 0)).toBe(inHour.length);
    }
    expect(await stored()).toEqual(recount(random));
  });

  it('writes nothing for an hour that is right', async () => {
    await documents().insertMany([recorded(), recorded({ model: 'b' })]);
    expect(await rollups.recount(FIVE)).toEqual({ kind: 'done', written: 2, removed: 0 });
    const before = await hourly().find().toArray();
    expect(await rollups.recount(FIVE)).toEqual({ kind: 'done', written: 0, removed: 0 });
    expect(await hourly().find().toArray()).toEqual(before);
  });

  it('removes the group that a document left for another model and hour, and no other', async () => {
    await documents().insertMany([recorded({ _id: 'moved' }), recorded({ model: 'b' })]);
    await rollups.recount(FIVE);
    await documents().replaceOne({ _id: 'moved' }, recorded({ _id: 'moved', model: 'c', capturedAt: SIX }));
    expect(await rollups.recount(FIVE)).toEqual({ kind: 'done', written: 0, removed: 1 });
    expect(await rollups.recount(SIX)).toEqual({ kind: 'done', written: 1, removed: 0 });
    expect(await stored()).toEqual(recount(await documents().find().toArray()));
  });

  it('is right when two processes recount the same hours while documents come in', async () => {
    const both = [rollups, new MongoHourlyRollups(() => database, 30_000)];
    await Promise.all(
      both.map(async (one) => {
        for (let turn = 0; turn < 5; turn++) {
          await documents().insertMany([recorded({ capturedAt: SIX }), recorded()]);
          for (const hour of [FIVE, SIX]) expect((await one.recount(hour)).kind).toBe('done');
        }
      }),
    );
    expect(await stored()).toEqual(recount(await documents().find().toArray()));
    expect(await database.collection('locks').countDocuments()).toBe(0);
  });

  it('does nothing while another process holds the roll-ups', async () => {
    await documents().insertOne(recorded());
    const locks = database.collection<{ _id: string }>('locks');
    const expiresAt = new Date(Date.now() + 600_000);
    const other = { _id: 'rollup', holder: 'another', since: new Date(), expiresAt };
    await locks.insertOne(other);
    expect(await new MongoHourlyRollups(() => database, 0).recount(FIVE)).toEqual({ kind: 'busy' });
    expect(await hourly().countDocuments()).toBe(0);
    await locks.deleteMany({});
  });

  it('writes nothing when it lost its lease while it counted: somebody may have counted later', async () => {
    await documents().insertOne(recorded());
    const locks = database.collection<{ _id: string }>('locks');
    const overtaken = new MongoHourlyRollups(() => withTurn(database, () => locks.deleteMany({})), 0);
    await expect(overtaken.recount(FIVE)).rejects.toBeInstanceOf(StoreUnavailable);
    expect(await hourly().countDocuments()).toBe(0);
  });

  it('tells an outage as one that passes', async () => {
    const gone = new mongo.MongoClient('mongodb://127.0.0.1:1/', {
      serverSelectionTimeoutMS: 100,
    });
    const recounted = new MongoHourlyRollups(() => gone.db('x'), 0).recount(FIVE);
    await expect(recounted.finally(() => gone.close())).rejects.toBeInstanceOf(StoreUnavailable);
  });
});

/** `turn` is taken after the documents were counted. */
function withTurn(database: mongo.Db, turn: () => Promise<unknown>): mongo.Db {
  return new Proxy(database, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== 'collection') return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      return (collection: string) => {
        const real = target.collection(collection);
        if (collection !== 'gpu_metadata') return real;
        const aggregate = (
          ...query: Parameters<typeof real.aggregate>
        ): { toArray: () => Promise<unknown> } => ({
          toArray: async () => {
            const counted = await real.aggregate(...query).toArray();
            await turn();
            return counted;
          },
        });
        return { aggregate };
      };
    },
  });
}
