import { createConnection, mongo } from 'mongoose';
import type { RecordedMetadata } from '@libs/domain';
import { connectOptions, metadataCollection } from '../src/adapters/mongo/mongo-connection';
import type { GpuMetadataDocument } from '../src/adapters/mongo/gpu-metadata.document';
import { MongoMetadataStore, type MetadataCollection } from '../src/adapters/mongo/mongo-metadata-store';
import { freePort } from '../../../tools/stack/port-holder';
import { withMethods } from './collection-double';
import { kindsOf, recordedMetadata, second } from './recorded-events';
import { connectDatabase, ownName } from '@libs/testing/test-stack';

/** The driver's own would be 30 s. */
const BOUND_MS = 20_000;

describe('a database that does not do as it is told', () => {
  let client: mongo.MongoClient;
  let collection: MetadataCollection;
  const storeOf = (double: MetadataCollection): MongoMetadataStore =>
    new MongoMetadataStore(() => double, 'vector');

  beforeAll(async () => {
    client = await connectDatabase();
    collection = client.db(ownName('faults_test')).collection('gpu_metadata');
  });
  afterAll(async () => {
    await client.db(collection.dbName).dropDatabase();
    await client.close();
  });

  it('is unavailable within the bound when nobody listens, under its own name, and that is taken for no conflict', async () => {
    const database = { uri: `mongodb://127.0.0.1:${await freePort()}`, name: 'none' };
    const connection = createConnection(database.uri, connectOptions(database, 60_000));
    connection.on('error', () => undefined);
    const lookUps = jest.fn();
    const named = metadataCollection(connection, database);
    expect(named.namespace).toBe('none.gpu_metadata');
    const double = withMethods(named, { find: lookUps });
    const begun = performance.now();
    const upserted = storeOf(double).upsert([recordedMetadata()]);
    await expect(upserted).rejects.toMatchObject({ code: 'store_unavailable', retriable: true });
    expect(performance.now() - begun).toBeLessThan(BOUND_MS);
    expect(lookUps).not.toHaveBeenCalled();
    await connection.getClient().close(true);
  });

  it('is not blamed for a slip in the code', async () => {
    const slip = new TypeError('x is not a function');
    const store = new MongoMetadataStore(() => {
      throw slip;
    }, 'vector');
    await expect(store.upsert([recordedMetadata()])).rejects.toBe(slip);
  });

  it('is unavailable when it goes between the collision and the second look', async () => {
    const record = recordedMetadata();
    await storeOf(collection).upsert([record]);
    const gone = new mongo.MongoNetworkError('connection reset');
    const double = withMethods(collection, { find: () => ({ toArray: () => Promise.reject(gone) }) });
    await expect(storeOf(double).upsert([record])).rejects.toMatchObject({ retriable: true, cause: gone });
  });

  it('is asked again when the document of a collision is gone at the second look', async () => {
    const record = recordedMetadata();
    const remove = (): Promise<unknown> => collection.deleteOne({ _id: record.eventId });
    await storeOf(collection).upsert([record]);
    const double = withMethods(collection, {
      find: (...query) => ({ toArray: () => remove().then(() => collection.find(...query).toArray()) }),
    });
    expect(kindsOf(await storeOf(double).upsert([record]))).toEqual(['stored']);
  });

  it('is unavailable while a majority does not know the document in the way, so that the batch is tried later', async () => {
    const record = recordedMetadata();
    await storeOf(collection).upsert([record]);
    const unknown = { toArray: () => Promise.resolve([]) };
    const double = withMethods(collection, {
      find: (filter, options) =>
        JSON.stringify(options?.readConcern).includes('majority')
          ? unknown
          : collection.find(filter, options),
    });
    await expect(storeOf(double).upsert([record])).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  describe('when it takes some of a batch and not the others', () => {
    const LOCK_TIMEOUT = 24;
    const NOTHING = { deleteOne: { filter: { _id: 'nobody' } } };
    /** Refuses every other operation of its first `times` bulk writes for now. */
    const hesitant = (times: number, writes: number[]): MetadataCollection =>
      withMethods(collection, {
        bulkWrite: async (operations, options) => {
          writes.push(operations.length);
          if (writes.length > times) return collection.bulkWrite(operations, options);
          const taken = operations.filter((_, index) => index % 2 === 1);
          const result = await collection.bulkWrite([...taken, NOTHING], options);
          const writeErrors = operations
            .map((_, index) => ({ index, code: LOCK_TIMEOUT, errmsg: 'lock timeout' }))
            .filter(({ index }) => index % 2 === 0);
          const fault = { message: 'bulk', code: LOCK_TIMEOUT, writeErrors };
          throw new mongo.MongoBulkWriteError(fault as never, result);
        },
      });
    const batch = (): RecordedMetadata[] => Array.from({ length: 6 }, () => recordedMetadata());

    it('is given just those again', async () => {
      const [events, writes] = [batch(), [] as number[]];
      const outcomes = await storeOf(hesitant(1, writes)).upsert(events);
      expect(kindsOf(outcomes)).toEqual(events.map(() => 'stored'));
      expect(writes).toEqual([6, 3]);
      const ids = events.map(({ eventId }) => eventId);
      expect(await collection.countDocuments({ _id: { $in: ids } })).toBe(6);
    });

    it('is unavailable once it has not taken one for several tries', async () => {
      const upserted = storeOf(hesitant(Infinity, [])).upsert(batch());
      await expect(upserted).rejects.toMatchObject({
        code: 'store_unavailable',
        cause: { message: 'lock timeout' },
      });
    });
  });

  it('rejects the record that collides in a unique index somebody added, fresh or replacing, and no other', async () => {
    const indexed = client.db(collection.dbName).collection<GpuMetadataDocument>('unique_models');
    await indexed.createIndex({ model: 1 }, { unique: true });
    const [taken, mine] = [recordedMetadata({ model: 'taken' }), recordedMetadata({ model: 'mine' })];
    const acceptedAt = new Date(mine.acceptedAt.getTime() + 1);
    await storeOf(indexed).upsert([taken, mine]);
    const outcomes = await storeOf(indexed).upsert([
      recordedMetadata({ model: 'fresh' }),
      recordedMetadata({ model: 'taken' }),
      { ...mine, acceptedAt, model: 'taken' },
    ]);
    expect(kindsOf(outcomes)).toEqual(['stored', 'rejected', 'rejected']);
    expect(await indexed.countDocuments()).toBe(3);
  });

  it('finds by each query of the store what a full scan finds', async () => {
    const lookUps: Parameters<MetadataCollection['find']>[] = [];
    const filters: mongo.Filter<never>[] = [];
    const double = withMethods(collection, {
      find: (...query) => {
        lookUps.push(query);
        return collection.find(...query);
      },
      bulkWrite: (operations, options) => {
        for (const operation of operations) {
          if ('replaceOne' in operation) filters.push(operation.replaceOne.filter);
        }
        return collection.bulkWrite(operations, options);
      },
    });
    const owners = [null, 'me', 'you'];
    const any = (below: number): number => Math.floor(Math.random() * below);
    const known = Array.from({ length: 60 }, () => recordedMetadata());
    for (let round = 0; round < 12; round++) {
      const batch = known
        .filter(() => Math.random() < 0.6)
        .map((record) => ({ ...record, acceptedAt: second(any(9)), producer: { keyId: owners[any(3)]! } }));
      await storeOf(double).upsert(batch);
    }
    expect(lookUps.length).toBeGreaterThan(10);
    for (const [filter, options] of [...lookUps, ...filters.slice(-120).map((one) => [one, {}] as never)]) {
      const found = await collection
        .find(filter, { ...options })
        .sort({ _id: 1 })
        .toArray();
      const scanned = await collection.find(filter, { ...options, hint: { $natural: 1 } }).toArray();
      expect(found).toEqual(scanned.sort((a, b) => (a._id < b._id ? -1 : 1)));
    }
  });
});
