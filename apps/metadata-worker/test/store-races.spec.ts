import { randomUUID } from 'node:crypto';
import { mongo } from 'mongoose';
import type { RecordedMetadata } from '@libs/domain';
import { MongoMetadataStore, type MetadataCollection } from '../src/adapters/mongo/mongo-metadata-store';
import { writeFaultsOf } from '../src/adapters/mongo/bulk-write';
import { interrupted, withMethods } from './collection-double';
import { kindsOf, recordedMetadata, second } from './recorded-events';
import { connectDatabase, ownName } from '@libs/testing/test-stack';

const IDS = 300;
const ROUNDS = 12;

/** The store as one would write it first: a collision (E11000) is taken for "there already". */
function swallowingCollisions(collection: MetadataCollection): MongoMetadataStore {
  const swallowing = withMethods(collection, {
    bulkWrite: (operations, options) =>
      collection.bulkWrite(operations, options).catch((error: unknown) => {
        if (writeFaultsOf(error)?.every(({ kind }) => kind === 'conflict') !== true) throw error;
        return { matchedCount: 0 };
      }),
  });
  return new MongoMetadataStore(() => swallowing, 'vector');
}

describe('two writers of the same fresh ids', () => {
  let clients: [mongo.MongoClient, mongo.MongoClient];
  const database = ownName('race_test');
  const collectionOf = (client: mongo.MongoClient): MetadataCollection =>
    client.db(database).collection('gpu_metadata');
  const storeOf = (collection: MetadataCollection): MongoMetadataStore =>
    new MongoMetadataStore(() => collection, 'vector');
  const events = (ids: readonly string[], model: string, at: number): RecordedMetadata[] =>
    ids.map((eventId) => recordedMetadata({ eventId, model, acceptedAt: second(at) }));
  const newIds = (count: number): string[] => Array.from({ length: count }, () => randomUUID());
  const modelsOf = async (ids: string[]): Promise<string[]> => {
    const found = await collectionOf(clients[0])
      .find({ _id: { $in: ids } })
      .toArray();
    return found.map(({ model }) => model);
  };

  beforeAll(async () => {
    clients = await Promise.all([connectDatabase(), connectDatabase()]);
  });
  afterAll(async () => {
    await clients[0].db(database).dropDatabase();
    await Promise.all(clients.map((client) => client.close()));
  });

  it('end with the later event of each, whoever is faster', async () => {
    const [one, two] = clients.map((client) => storeOf(collectionOf(client))) as [
      MongoMetadataStore,
      MongoMetadataStore,
    ];
    for (let round = 0; round < ROUNDS; round++) {
      const ids = newIds(IDS);
      const mixed = ids.map((_, at) => (at + round) % 2);
      const batch = (side: number): RecordedMetadata[] =>
        ids.map((eventId, at) => {
          const isLater = mixed[at] === side;
          return recordedMetadata({
            eventId,
            model: isLater ? 'later' : 'earlier',
            acceptedAt: second(isLater ? 2 : 1),
          });
        });
      await Promise.all([one.upsert(batch(0)), two.upsert(batch(1).toReversed())]);
      expect(new Set(await modelsOf(ids))).toEqual(new Set(['later']));
    }
  });

  describe('when the earlier is inserted just before the later', () => {
    const race = (ids: readonly string[]): { raced: MetadataCollection; later: RecordedMetadata[] } => {
      const earlier = storeOf(collectionOf(clients[1]));
      const raced = interrupted(collectionOf(clients[0]), [() => earlier.upsert(events(ids, 'earlier', 1))]);
      return { raced, later: events(ids, 'later', 2) };
    };

    it('store the later event, because a collision is looked at again', async () => {
      const ids = newIds(20);
      const { raced, later } = race(ids);
      const outcomes = await storeOf(raced).upsert(later);
      expect(outcomes).toEqual(
        later.map(({ capturedAt }) => ({ kind: 'stored', replacedCapturedAt: capturedAt })),
      );
      expect(await modelsOf(ids)).toEqual(ids.map(() => 'later'));
    });

    it('would lose the later event, were a collision taken for success', async () => {
      const ids = newIds(20);
      const { raced, later } = race(ids);
      await swallowingCollisions(raced).upsert(later);
      expect(await modelsOf(ids)).toEqual(ids.map(() => 'earlier'));
    });
  });

  describe('when a document changes between the look at it and its replacement', () => {
    const changedBy = (models: readonly (readonly [string, number])[], ids: string[]): MetadataCollection => {
      const other = storeOf(collectionOf(clients[1]));
      // Of the first id nothing changes: the others must not be taken for replaced because it was.
      const turns = models.map(
        ([model, at], turn) =>
          () =>
            other.upsert(events(turn === 0 ? ids : ids.slice(1), model, at)),
      );
      return interrupted(collectionOf(clients[0]), turns);
    };
    const kinds = async (models: [string, number][], ids: string[]): Promise<string[]> =>
      kindsOf(await storeOf(changedBy(models, ids)).upsert(events(ids, 'mine', 5)));

    it('replace what is still earlier', async () => {
      const ids = newIds(9);
      const outcome = await kinds(
        [
          ['first', 1],
          ['second', 2],
          ['third', 3],
        ],
        ids,
      );
      expect(outcome).toEqual(ids.map(() => 'stored'));
      expect(await modelsOf(ids)).toEqual(ids.map(() => 'mine'));
    });

    it('leave what is later by then', async () => {
      const [first, ...ids] = newIds(9) as [string, ...string[]];
      const outcome = await kinds(
        [
          ['first', 1],
          ['later', 6],
        ],
        [first, ...ids],
      );
      expect(outcome).toEqual(['stored', ...ids.map(() => 'superseded')]);
      expect(await modelsOf(ids)).toEqual(ids.map(() => 'later'));
      expect(await modelsOf([first])).toEqual(['mine']);
    });
  });

  it('leave a fresh id to the key id that wins the race and tell the other that it is foreign', async () => {
    const ids = newIds(20);
    const mine = events(ids, 'mine', 1).map((record) => ({ ...record, producer: { keyId: 'me' } }));
    const raced = interrupted(collectionOf(clients[0]), [
      () => storeOf(collectionOf(clients[1])).upsert(mine),
    ]);
    expect(new Set(kindsOf(await storeOf(raced).upsert(events(ids, 'theirs', 2))))).toEqual(
      new Set(['foreign']),
    );
    expect(await modelsOf(ids)).toEqual(ids.map(() => 'mine'));
  });
});
