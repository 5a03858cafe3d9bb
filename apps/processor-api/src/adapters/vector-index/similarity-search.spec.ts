import { ReadTimeout, StoreUnavailable, type Neighbours, type SimilarityQuery } from '@libs/domain';
import { IndexKeeper, type PassReport } from './index-keeper';
import { SimilaritySearch } from './similarity-search';
import { InMemoryVectorSource, isMeant } from './testing/in-memory-vector-source';
import { randomNumbers, randomVector } from './testing/random-vectors';
import { VectorIndex } from './vector-index';
import type { VectorDocument } from './vector-source';

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;

describe(SimilaritySearch.name, () => {
  let source: InMemoryVectorSource;
  let index: VectorIndex;
  let keeper: IndexKeeper;
  let search: SimilaritySearch;
  let reports: PassReport[];
  let made = 0;

  function make(bytes: number): void {
    source = new InMemoryVectorSource();
    index = new VectorIndex(bytes);
    reports = [];
    keeper = new IndexKeeper(
      index,
      () => source,
      (report) => reports.push(report),
    );
    search = new SimilaritySearch(index, keeper);
  }

  const find = (query: Partial<SimilarityQuery>, isOver = () => false): Promise<Neighbours> =>
    search.nearest({ embedding: Float32Array.of(1, 0), k: 10, filter: {}, ...query }, source, isOver);
  const found = ({ neighbours }: Neighbours): (readonly [string, number])[] =>
    neighbours.map(({ score, metadata }) => [metadata.eventId, score]);
  const put = (eventId: string, ...values: number[]): void => {
    source.put({ eventId, embedding: Float32Array.from(values) });
  };
  async function load(): Promise<void> {
    await keeper.refresh();
    await keeper.settled();
  }
  /** Passes are due again after their rest. */
  async function reload(): Promise<void> {
    jest.setSystemTime(Date.now() + DAY_MS);
    await load();
  }

  beforeEach(() => {
    jest.useFakeTimers({ now: Date.UTC(2026, 1), doNotFake: ['setTimeout', 'setImmediate', 'performance'] });
    make(MIB);
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7])(
    'finds what a full comparison in double precision finds (%i)',
    async (seed) => {
      const random = randomNumbers(seed);
      // From a budget that holds nothing to one that holds all.
      make([0, 20_000, 60_000, MIB][seed % 4]!);
      for (let i = 0; i < 300; i++) source.put(randomDocument(random));
      for (let round = 0; round < 3; round++) {
        await reload();
        for (let i = 0; i < 12; i++) await compareWithAll(random);
        change(random);
      }
    },
  );

  function randomDocument(random: () => number): VectorDocument {
    const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
    return {
      eventId: `event-${String(++made).padStart(4, '0')}`,
      capturedAtMs: Date.UTC(2026, 0) + Math.floor(random() * 20) * DAY_MS,
      acceptedAtMs: 0,
      model: pick(['resnet50', 'vit-b16']),
      deviceName: pick(['Tesla T4', 'cpu', 'cpu']),
      tags: pick([[], ['colab'], ['colab', 'night'], ['night', 'night']]),
      embedding: randomVector(pick([1, 3, 48, 100]), random),
    };
  }

  /** Some go, some are replaced by a later submission, some come. */
  function change(random: () => number): void {
    for (const [eventId, document] of [...source.stored]) {
      if (random() < 0.1) source.stored.delete(eventId);
      else if (random() < 0.1) {
        const capturedAtMs = document.capturedAtMs + DAY_MS;
        const embedding = randomVector(document.embedding.length, random);
        source.put({ ...document, capturedAtMs, embedding, acceptedAtMs: document.acceptedAtMs + 1 });
      }
    }
    for (let i = 0; i < 40; i++) source.put(randomDocument(random));
  }

  async function compareWithAll(random: () => number): Promise<void> {
    const all = [...source.stored.values()];
    const some = all[Math.floor(random() * all.length)]!;
    const embedding =
      random() < 0.5 || some.embedding.every((value) => value === 0)
        ? randomVector(some.embedding.length, random, 1)
        : some.embedding;
    if (embedding.every((value) => value === 0)) return;
    const filter = {
      ...(random() < 0.3 && { model: some.model }),
      ...(random() < 0.3 && { deviceName: some.deviceName }),
      ...(random() < 0.3 && { tag: 'colab' }),
      ...(random() < 0.3 && { from: new Date(Date.UTC(2026, 0, 5)) }),
      ...(random() < 0.3 && { to: new Date(Date.UTC(2026, 0, 15)) }),
    };
    const k = 1 + Math.floor(random() * 20);
    const meant = all.filter(
      (document) =>
        document.embedding.length === embedding.length &&
        document.embedding.some((value) => value !== 0) &&
        isMeant(document, filter),
    );
    const expected = meant
      .map((document) => ({ eventId: document.eventId, score: plainCosine(embedding, document.embedding) }))
      .sort((a, b) => b.score - a.score || (a.eventId < b.eventId ? -1 : 1))
      .slice(0, k);
    const answer = await find({ embedding, k, filter });
    expect({ ...answer, neighbours: found(answer).map(([eventId]) => eventId) }).toMatchObject({
      neighbours: expected.map(({ eventId }) => eventId),
      scanned: meant.length,
      exhaustive: true,
    });
    found(answer).forEach(([, score], i) => {
      expect(score).toBeCloseTo(expected[i]!.score, 12);
    });
  }

  it('orders equal scores by eventId, and leaves out vectors without direction and of other dimensions', async () => {
    put('c', 2, 2);
    put('a', 1, 1);
    put('b', 5, 5);
    put('opposite', -1, -1);
    put('zero', 0, 0);
    put('longer', 1, 1, 1);
    await load();
    const answer = await find({ embedding: Float32Array.of(3, 3), k: 4 });
    expect(found(answer).map(([eventId]) => eventId)).toEqual(['a', 'b', 'c', 'opposite']);
    expect(found(answer)[3]![1]).toBeCloseTo(-1, 12);
    expect(answer).toMatchObject({ scanned: 4, exhaustive: true });
  });

  it('answers without the vectors, from the documents as they are', async () => {
    source.put({ eventId: 'a', embedding: Float32Array.of(1, 0), model: 'resnet50' });
    await load();
    const [first] = (await find({})).neighbours;
    expect(first).toMatchObject({
      score: 1,
      metadata: { eventId: 'a', model: 'resnet50', embeddingDimension: 2 },
    });
    expect(first!.metadata).not.toHaveProperty('embedding');
  });

  it('scans the database while the index is empty, and not any more once it is loaded', async () => {
    for (let i = 0; i < 20; i++) put(`e${i}`, 1, i);
    expect(await find({})).toMatchObject({ scanned: 20, exhaustive: true });
    expect(source.reads.scanned).toBe(20);
    await load();
    expect(await find({})).toMatchObject({ scanned: 20, exhaustive: true });
    expect(source.reads.scanned).toBe(20);
  });

  it('tells when it was cut off, with what it found until then', async () => {
    for (let i = 0; i < 20; i++) put(`e${i}`, 1, i);
    const answer = await find({}, () => source.reads.scanned >= 7);
    expect(answer).toMatchObject({ scanned: 7, exhaustive: false });
    expect(answer.neighbours).toHaveLength(7);
  });

  it('holds the newest captures when memory is small, scans the rest, and takes newer ones in later', async () => {
    make(20 * 316);
    const putAt = (day: number): void => {
      source.put({
        eventId: `day-${day}`,
        embedding: Float32Array.of(1, day),
        capturedAtMs: Date.UTC(2026, 0, day),
      });
    };
    for (let day = 1; day <= 25; day++) putAt(day);
    await load();
    const held = index.size;
    expect(held).toBeGreaterThan(5);
    expect(held).toBeLessThan(25);
    expect(index.get('day-25')).toBeDefined();
    expect(await find({})).toMatchObject({ scanned: 25, exhaustive: true });
    expect(source.reads.scanned).toBe(25 - held);
    putAt(28);
    await reload();
    expect(index.get('day-28')).toBeDefined();
    expect(index.bytes).toBeLessThanOrEqual(index.maxBytes);
    expect(await find({})).toMatchObject({ scanned: 26, exhaustive: true });
  });

  it('notices that a candidate is gone or was replaced since it was taken in', async () => {
    put('near', 1, 0);
    put('nearer', 1, 0.001);
    put('far', 0, 1);
    await load();
    source.stored.delete('near');
    source.put({ eventId: 'nearer', embedding: Float32Array.of(-1, 0), acceptedAtMs: 5 });
    const answer = await find({ k: 1 });
    expect(found(answer)).toEqual([['far', 0]]);
    expect(answer.exhaustive).toBe(true);
  });

  it('reads a vector once, however many passes meet it', async () => {
    for (let i = 0; i < 30; i++) put(`e${i}`, 1, i);
    await load();
    const { byId } = source.reads;
    await reload();
    await reload();
    expect(source.reads.byId).toBe(byId);
    expect(reports.map(({ kind }) => kind).filter((kind) => kind === 'sweep')).toHaveLength(3);
  });

  it('goes on answering from what it holds when the database fails a pass', async () => {
    put('a', 1, 0);
    await load();
    const { asOf } = keeper;
    source.failure = new StoreUnavailable();
    await reload();
    expect(reports.at(-1)).toMatchObject({ error: expect.any(StoreUnavailable) });
    await expect(find({})).rejects.toThrow(StoreUnavailable);
    source.failure = undefined;
    expect(await find({})).toMatchObject({ scanned: 1, exhaustive: true, asOf });
  });

  it('passes on that the database does not answer in time, unless it has a part of the answer', async () => {
    put('a', 1, 0);
    source.failure = new ReadTimeout(5);
    await expect(find({})).rejects.toThrow(ReadTimeout);
  });
});

function plainCosine(a: Float32Array, b: Float32Array): number {
  const product = (x: Float32Array, y: Float32Array): number =>
    x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return Math.max(-1, Math.min(1, product(a, b) / (Math.sqrt(product(a, a)) * Math.sqrt(product(b, b)))));
}
