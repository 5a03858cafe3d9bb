import { ReadTimeout, StoreUnavailable, type Neighbours, type SimilarityQuery } from '@libs/domain';
import { eventually } from '@libs/testing/app-process';
import { VectorIndex, type VectorDocument } from '@libs/vector-index';
import { randomNumbers, randomVector } from '@libs/vector-index/testing';
import { IndexKeeper } from './index-keeper';
import { SimilaritySearch } from './similarity-search';
import { InMemoryVectorSource, isMeant } from './testing/in-memory-vector-source';

const MIB = 1024 * 1024;
/** The page of the query, two of seven vectors with 8,192 values, and their centre. */
const ROOM_FOR_TWO_PAGES = 300_000;
const DAY_MS = 86_400_000;
const WAIT_MS = 20_000;

describe(SimilaritySearch.name, () => {
  let source: InMemoryVectorSource;
  let index: VectorIndex;
  let keeper: IndexKeeper;
  let search: SimilaritySearch;
  let made = 0;

  function make(bytes: number): void {
    source = new InMemoryVectorSource();
    index = new VectorIndex(bytes);
    keeper = new IndexKeeper(index, () => source, {
      onProgress: () => undefined,
      onFailure: () => undefined,
    });
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

  it('tells when it was cut off', async () => {
    for (let i = 0; i < 20; i++) put(`e${i}`, 1, i);
    await load();
    expect(await find({}, () => true)).toMatchObject({ neighbours: [], scanned: 20, exhaustive: false });
  });

  it('compares what is loaded, and says that this is not all', async () => {
    for (let i = 10; i < 30; i++) put(`e${i}`, 1, i);
    const isFull = (): boolean => index.size >= 10;
    source.gate = () => (isFull() ? new Promise<void>(() => undefined) : Promise.resolve());
    void keeper.refresh();
    await eventually(isFull, WAIT_MS);
    const answer = await find({});
    expect(answer.exhaustive).toBe(false);
    expect(answer.scanned).toBe(index.size);
    expect(answer.index).toEqual({ isLoaded: false, vectors: index.size, documents: 20 });
    expect(answer.neighbours).toHaveLength(10);
  });

  it('is exact where memory holds all that the filter means, and says where it does not', async () => {
    make(ROOM_FOR_TWO_PAGES);
    for (let day = 1; day <= 25; day++) {
      source.put({ ...wide(day), eventId: `day-${day}`, capturedAtMs: Date.UTC(2026, 0, day) });
    }
    await load();
    expect(index.size).toBeLessThan(25);
    const { embedding } = wide(3);
    expect(await find({ embedding })).toMatchObject({ scanned: index.size, exhaustive: false });
    const from = new Date(keeper.coveredAfterMs + 1);
    expect(await find({ embedding, filter: { from } })).toMatchObject({ exhaustive: true });
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
    await reload();
    await reload();
    expect(source.vectorsRead).toBe(30);
  });

  it('passes on that the database is away, and finds again once it is back', async () => {
    put('a', 1, 0);
    await load();
    const { asOf } = keeper;
    source.failure = new StoreUnavailable();
    await reload();
    await expect(find({})).rejects.toThrow(StoreUnavailable);
    source.failure = undefined;
    expect(await find({})).toMatchObject({ scanned: 1, exhaustive: true, asOf });
  });

  it('passes on that the database does not answer while nothing is loaded', async () => {
    put('a', 1, 0);
    source.failure = new ReadTimeout(5);
    await load();
    await expect(find({})).rejects.toThrow(ReadTimeout);
  });
});

/** A vector of which few fit on a page. */
function wide(seed: number): { readonly embedding: Float32Array } {
  return { embedding: randomVector(8_192, randomNumbers(seed), 1) };
}

function plainCosine(a: Float32Array, b: Float32Array): number {
  const product = (x: Float32Array, y: Float32Array): number =>
    x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return Math.max(-1, Math.min(1, product(a, b) / (Math.sqrt(product(a, a)) * Math.sqrt(product(b, b)))));
}
