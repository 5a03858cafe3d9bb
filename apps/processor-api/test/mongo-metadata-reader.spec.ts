import type { mongo } from 'mongoose';
import { Clock, type CapturePosition, type HourlyGroup, type MetadataFilter } from '@libs/domain';
import { MongoHourlyFigures, hoursQuery } from '../src/adapters/mongo/mongo-hourly-figures';
import { EmbeddedPages } from '../src/adapters/mongo/embedded-pages';
import { IndexedPages } from '../src/adapters/mongo/metadata-pages';
import { MongoMetadataReader } from '../src/adapters/mongo/mongo-metadata-reader';
import { ReadDatabase } from '../src/adapters/mongo/read-database';
import {
  FindCommands,
  storedDocument,
  testDatabase,
  type StoredDocument,
  type TestDatabase,
} from './read-database';

jest.setTimeout(120_000);

const START_MS = Date.UTC(2026, 10, 21, 5);
const HOUR_MS = 3_600_000;
const START = new Date(START_MS);
const NOW = new Date(START_MS + 3 * HOUR_MS);
const MODELS = ['a', 'b', '$ne', ''] as const;
const DEVICES = ['cpu', 'Tesla T4'] as const;
const READER = { keyId: null };
const TAGS = ['x', 'y', '$gt', 'z'] as const;

class FixedClock extends Clock {
  now(): Date {
    return NOW;
  }
}

function pick<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)]!;
}

/** Few instants: most are shared by several documents, and every bound that is asked for lies on some. */
function anyInstant(): Date {
  return new Date(pick([0, 1, 2, 999, 1_000, 60_000, HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS]) + START_MS);
}

function newestFirst(a: StoredDocument, b: StoredDocument): number {
  return b.capturedAt.getTime() - a.capturedAt.getTime() || (b._id > a._id ? 1 : -1);
}

function matches({ model, deviceName, tag, from, to }: MetadataFilter, document: StoredDocument): boolean {
  return (
    (model === undefined || document.model === model) &&
    (deviceName === undefined || document.gpu.deviceName === deviceName) &&
    (tag === undefined || document.tags.includes(tag)) &&
    (from === undefined || document.capturedAt >= from) &&
    (to === undefined || document.capturedAt < to)
  );
}

const CLOCK = new FixedClock();

describe.each([
  ['MongoDB', () => new IndexedPages()],
  ['the embedded database', () => new EmbeddedPages(CLOCK)],
])('MongoMetadataReader for %s', (_, pagesOf) => {
  let test: TestDatabase;
  let reader: MongoMetadataReader;
  let figures: MongoHourlyFigures;
  let all: StoredDocument[];
  const documents = (): mongo.Collection<StoredDocument> => test.database.collection('gpu_metadata');
  const anyDocument = (): StoredDocument =>
    storedDocument({
      model: pick(MODELS),
      gpu: { ...storedDocument().gpu, deviceName: pick(DEVICES) },
      tags: TAGS.filter(() => Math.random() < 0.4),
      capturedAt: anyInstant(),
    });
  const anyFilter = (): MetadataFilter => {
    const [one, other] = [anyInstant(), anyInstant()].sort((a, b) => a.getTime() - b.getTime());
    return {
      ...(Math.random() < 0.4 && { model: pick(MODELS) }),
      ...(Math.random() < 0.3 && { deviceName: pick(DEVICES) }),
      ...(Math.random() < 0.3 && { tag: pick(TAGS) }),
      ...(Math.random() < 0.5 && { from: one! }),
      ...(Math.random() < 0.5 && { to: new Date(other!.getTime() + pick([0, 1])) }),
    };
  };
  /** Every page after the other; `between` runs after each. */
  const readAll = async (
    filter: MetadataFilter,
    limit: number,
    between: () => Promise<unknown> = () => Promise.resolve(),
  ): Promise<string[]> => {
    const ids: string[] = [];
    for (let after: CapturePosition | undefined, turn = 0; turn < 200; turn++) {
      const page = await reader.page({ filter, limit, after, detail: 'without-embedding' }, READER);
      expect(page.items.length).toBeLessThanOrEqual(limit);
      ids.push(...page.items.map(({ eventId }) => eventId));
      if (!page.next) return ids;
      expect(page.items).toHaveLength(limit);
      after = page.next;
      await between();
    }
    throw new Error('the pages never end');
  };
  const idsOf = (filter: MetadataFilter): string[] =>
    all
      .filter((document) => matches(filter, document))
      .sort(newestFirst)
      .map(({ _id }) => _id);

  beforeAll(async () => {
    test = await testDatabase('reads_test');
    const database = new ReadDatabase(
      { database: () => test.database, timeoutMs: 60_000, poolSize: 4 },
      { warn: () => undefined },
    );
    reader = new MongoMetadataReader(database, pagesOf());
    figures = new MongoHourlyFigures(database);
    all = Array.from({ length: 400 }, anyDocument);
    await documents().insertMany(all);
  });
  afterAll(() => test.drop());

  it('answers each query as a full scan does, over random filters and cursors on their bounds', async () => {
    const finds = new FindCommands(test.database);
    for (let turn = 0; turn < 25; turn++) {
      const some = pick(all);
      const after = pick([undefined, { capturedAt: some.capturedAt, eventId: some._id }]);
      const filter = after
        ? {
            ...anyFilter(),
            from: pick([START, after.capturedAt]),
            to: new Date(after.capturedAt.getTime() + 1),
          }
        : anyFilter();
      await reader.page({ filter, limit: 20, after, detail: 'without-embedding' }, READER);
    }
    finds.stop();
    expect(finds.commands.length).toBeGreaterThan(25);
    for (const { filter } of finds.commands) {
      const found = async (options: mongo.FindOptions): Promise<string[]> => {
        const sort = { capturedAt: -1, _id: -1 } as const;
        const ids = await documents()
          .find(filter as mongo.Filter<StoredDocument>, { ...options, sort, projection: { _id: 1 } })
          .toArray();
        return ids.map(({ _id }) => _id);
      };
      expect(await found({})).toEqual(await found({ hint: { $natural: 1 } }));
    }
  });

  it('sends no bound that the cursor implies', async () => {
    const { _id: eventId, capturedAt } = all[0]!;
    const finds = new FindCommands(test.database);
    for (const from of [START, capturedAt]) {
      const filter = { model: 'a', from, to: new Date(capturedAt.getTime() + 1) };
      const after = { capturedAt, eventId };
      await reader.page({ filter, limit: 20, after, detail: 'without-embedding' }, READER);
    }
    finds.stop();
    for (const { filter } of finds.commands) {
      expect(filter).not.toHaveProperty('$or');
      const { $gt, $lt } = (filter.capturedAt ?? {}) as { $gt?: Date; $lt?: Date };
      // Before the instant of the cursor, and bounds that hold something between them.
      if ($lt) expect($lt.getTime()).toBeLessThanOrEqual(capturedAt.getTime());
      if ($gt && $lt) expect($lt.getTime() - $gt.getTime()).toBeGreaterThan(1);
    }
  });

  it('pages through what a filter in memory gives, in its order', async () => {
    for (let turn = 0; turn < 25; turn++) {
      const filter = anyFilter();
      expect(await readAll(filter, pick([3, 17, 200]))).toEqual(idsOf(filter));
    }
    expect(await readAll({}, 7)).toEqual(idsOf({}));
  });

  it('neither repeats nor skips what was there when documents come in between the pages', async () => {
    const before = idsOf({ model: 'a' });
    const own: StoredDocument[] = [];
    const read = await readAll({ model: 'a' }, 5, async () => {
      const fresh = Array.from({ length: 10 }, () =>
        storedDocument({ model: 'a', capturedAt: anyInstant() }),
      );
      own.push(...fresh);
      await documents().insertMany(fresh);
    });
    all.push(...own);
    expect(new Set(read).size).toBe(read.length);
    const fresh = new Set(own.map(({ _id }) => _id));
    expect(read.filter((id) => !fresh.has(id))).toEqual(before);
  });

  it('reads the newest capture of all, also one of a clock that is ahead', async () => {
    expect((await reader.latest(READER))?.eventId).toBe(idsOf({})[0]);
    expect((await reader.latest(READER))?.capturedAt).toEqual(new Date(START_MS + 4 * HOUR_MS));
  });

  it('reads a document by its id, with its vector only where it is asked for', async () => {
    const { _id } = all[0]!;
    expect((await reader.byId(_id, 'with-embedding', READER))?.embedding).toEqual(
      Float32Array.of(0.5, -1, 0.1),
    );
    expect(await reader.byId(_id, 'without-embedding', READER)).not.toHaveProperty('embedding');
    expect(
      await reader.byId('0190b6a4-7c1e-7b3a-9c55-2f0f8d3f4a11', 'without-embedding', READER),
    ).toBeUndefined();
  });

  it('reads the hourly groups as a full scan does, whatever bound and filter', async () => {
    const hours = [0, 1, 2, 3].map((hour) => new Date(START_MS + hour * HOUR_MS));
    const groups = hours.flatMap((hour) =>
      MODELS.flatMap((model) => DEVICES.map((deviceName) => ({ _id: { hour, model, deviceName } }))),
    );
    const collection = test.database.collection<(typeof groups)[number]>('gpu_metadata_hourly');
    await collection.insertMany(groups);
    for (let turn = 0; turn < 40; turn++) {
      const from = new Date(pick(hours).getTime() + pick([-1, 0, 1]));
      const to = new Date(pick(hours).getTime() + HOUR_MS + pick([-1, 0, 1]));
      const model = pick([undefined, ...MODELS]);
      const deviceName = pick([undefined, ...DEVICES]);
      const filter = {
        ...(model !== undefined && { model }),
        ...(deviceName !== undefined && { deviceName }),
      };
      const request = { from, to, filter, limit: 100 };
      const expected = groups
        .map(({ _id }) => _id)
        .filter(({ hour }) => hour >= from && hour < to)
        .filter((group) => (model ?? group.model) === group.model)
        .filter((group) => (deviceName ?? group.deviceName) === group.deviceName);
      const keyOf = (group: Pick<HourlyGroup, 'hour' | 'model' | 'deviceName'>): string =>
        JSON.stringify([-group.hour.getTime(), group.model, group.deviceName]);
      const read = await figures.ofHours(request, READER);
      expect(read.map(keyOf)).toEqual(read.map(keyOf).toSorted(compareKeys));
      expect(read.map(keyOf).sort()).toEqual(expected.map(keyOf).sort());
      const query = hoursQuery(request) as mongo.Filter<(typeof groups)[number]>;
      const scanned = await collection.find(query, { hint: { $natural: 1 } }).toArray();
      expect(scanned).toHaveLength(expected.length);
    }
    expect(await figures.ofHours({ from: hours[0]!, to: NOW, filter: {}, limit: 3 }, READER)).toHaveLength(4);
  });
});

/** The newest hour first, then model, then device, as the database orders texts. */
function compareKeys(a: string, b: string): number {
  const [one, other] = [JSON.parse(a), JSON.parse(b)] as [[number, string, string], [number, string, string]];
  for (let i = 0; i < 3; i++) {
    if (one[i]! < other[i]!) return -1;
    if (one[i]! > other[i]!) return 1;
  }
  return 0;
}
