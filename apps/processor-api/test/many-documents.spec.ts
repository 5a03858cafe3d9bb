import { randomUUID } from 'node:crypto';
import type { mongo } from 'mongoose';
import { Clock, newEventId, type CapturePosition, type MetadataFilter } from '@libs/domain';
import { EmbeddedPages } from '../src/adapters/mongo/embedded-pages';
import { MongoMetadataReader } from '../src/adapters/mongo/mongo-metadata-reader';
import { ReadDatabase } from '../src/adapters/mongo/read-database';
import {
  FindCommands,
  storedDocument,
  testDatabase,
  type StoredDocument,
  type TestDatabase,
} from './read-database';

jest.setTimeout(300_000);

const MANY = 20_000;
/** Enough for windows that are full, where the database is not to be filled for as long. */
const SOME = 3_000;
/** What one query may ask for, besides one document that tells whether more follow. */
const MOST_ASKED = 250;
const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2026, 10, 23, 6);
const TWO_DAYS_AGO_MS = NOW_MS - 48 * HOUR_MS;
const READER = { keyId: null };
const LIMIT = 50;

class FixedClock extends Clock {
  now(): Date {
    return new Date(NOW_MS);
  }
}

type OfIndex<T> = (index: number) => T;

/** How many documents there are, how they lie in time, and what their ids are. */
const SHAPES: readonly (readonly [number, string, OfIndex<number>, OfIndex<string>])[] = [
  [MANY, 'one hour', (index) => TWO_DAYS_AGO_MS + Math.floor((index * HOUR_MS) / MANY), () => randomUUID()],
  [SOME, 'one instant, ids of version 4', () => TWO_DAYS_AGO_MS, () => randomUUID()],
  [
    MANY,
    'one instant, ids of version 7',
    () => TWO_DAYS_AGO_MS,
    (i) => newEventId(new Date(NOW_MS + i / 10)),
  ],
  [SOME, 'one instant, ids of one millisecond', () => TWO_DAYS_AGO_MS, () => newEventId(new Date(NOW_MS))],
  [SOME, 'ten years', (index) => NOW_MS - index * 30 * HOUR_MS, () => randomUUID()],
];

describe.each(SHAPES)('reads of %i documents of %s on the embedded database', (count, _, captureMs, idOf) => {
  let test: TestDatabase;
  let reader: MongoMetadataReader;
  let all: StoredDocument[];
  let finds: FindCommands;
  const idsOf = (isMeant: (document: StoredDocument) => boolean = () => true): string[] =>
    all.filter(isMeant).map(({ _id }) => _id);
  /** The first so many ids; pages that end early are gone on from. */
  const read = async (filter: MetadataFilter, wanted: number): Promise<string[]> => {
    const ids: string[] = [];
    let after: CapturePosition | undefined;
    do {
      const page = await reader.page({ filter, limit: LIMIT, after, detail: 'without-embedding' }, READER);
      ids.push(...page.items.map(({ eventId }) => eventId));
      after = page.next;
    } while (after && ids.length < wanted);
    return ids.slice(0, wanted);
  };

  beforeAll(async () => {
    test = await testDatabase('many');
    const documents: mongo.Collection<StoredDocument> = test.database.collection('gpu_metadata');
    all = Array.from({ length: count }, (_, index) =>
      storedDocument({
        _id: idOf(index),
        capturedAt: new Date(captureMs(index)),
        model: index % 100 === 0 ? 'rare' : 'common',
        tags: index % 2 === 0 ? ['even'] : [],
      }),
    );
    for (let at = 0; at < count; at += 1_000)
      await documents.insertMany(all.slice(at, at + 1_000), { ordered: false });
    all.sort((a, b) => b.capturedAt.getTime() - a.capturedAt.getTime() || (b._id > a._id ? 1 : -1));
    const source = { database: () => test.database, timeoutMs: 60_000, poolSize: 4 };
    const database = new ReadDatabase(source, { warn: () => undefined });
    reader = new MongoMetadataReader(database, new EmbeddedPages(new FixedClock()));
  });
  beforeEach(() => {
    finds = new FindCommands(test.database);
  });
  afterEach(() => {
    finds.stop();
    expect(finds.commands.length).toBeGreaterThan(0);
    for (const { limit, batchSize, returned } of finds.commands) {
      expect(limit).toBeGreaterThan(0);
      expect(limit).toBeLessThanOrEqual(MOST_ASKED);
      expect(batchSize).toBe(limit + 1);
      expect(returned).toBeLessThanOrEqual(limit);
    }
  });
  afterAll(() => test.drop());

  it('answers the newest capture, the list and its filters in their order', async () => {
    expect((await reader.latest(READER))?.eventId).toBe(all[0]!._id);
    expect(await read({}, 200)).toEqual(idsOf().slice(0, 200));
    expect(await read({ model: 'rare' }, 100)).toEqual(idsOf(({ model }) => model === 'rare').slice(0, 100));
    const isRareAndEven = ({ model, tags }: StoredDocument): boolean =>
      model === 'rare' && tags.includes('even');
    expect(await read({ model: 'rare', tag: 'even' }, 100)).toEqual(idsOf(isRareAndEven).slice(0, 100));
  });

  it('asks for the same full window only once', async () => {
    await read({}, LIMIT);
    finds.commands.length = 0;
    await read({}, LIMIT);
    const full = finds.commands.filter(({ limit, returned }) => returned === limit && limit === MOST_ASKED);
    expect(full.filter(({ filter }) => !('_id' in filter))).toEqual([]);
    const returned = finds.commands.reduce((sum, find) => sum + find.returned, 0);
    expect(returned).toBeLessThan(4 * MOST_ASKED);
  });
});
