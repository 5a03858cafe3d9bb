import { StoreUnavailable } from '@libs/domain';
import { eventually } from '@libs/testing/app-process';
import { VectorIndex, type ListedDocument } from '@libs/vector-index';
import { IndexKeeper, type IndexReport } from './index-keeper';
import { InMemoryVectorSource } from './testing/in-memory-vector-source';

const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;
const WAIT_MS = 20_000;

describe(IndexKeeper.name, () => {
  let index: VectorIndex;
  let seen: IndexReport[];
  let failures: Error[];

  function keeperOf(source: InMemoryVectorSource): IndexKeeper {
    return new IndexKeeper(index, () => source, {
      onProgress: (report) => seen.push(report),
      onFailure: (_, error) => failures.push(error),
    });
  }

  async function pass(keeper: IndexKeeper): Promise<void> {
    await keeper.refresh();
    await keeper.settled();
  }

  function filled(
    count: number,
    eventIdOf = (at: number) => `e${String(at).padStart(4, '0')}`,
  ): FilledSource {
    const source = new FilledSource();
    for (let at = 0; at < count; at++) {
      source.put({ eventId: eventIdOf(at), embedding: Float32Array.of(1, at) });
    }
    return source;
  }

  const heldOf = ({ stored }: InMemoryVectorSource): string[] =>
    [...stored.keys()].filter((eventId) => index.get(eventId)).sort();

  beforeEach(() => {
    jest.useFakeTimers({ now: Date.UTC(2026, 1), doNotFake: ['setTimeout', 'setImmediate', 'performance'] });
    index = new VectorIndex(4 * MIB);
    seen = [];
    failures = [];
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it.each<[string, (at: number) => number]>([
    ['of one capture time', () => Date.UTC(2026, 0)],
    ['of one hour', (at) => Date.UTC(2026, 0) + at],
    ['of centuries, also to come', (at) => Date.UTC(1700 + at)],
    ['captured this moment', () => Date.now()],
  ])('loads documents %s, and tells how far it is', async (_, capturedAtMsOf) => {
    const source = filled(0);
    for (let at = 0; at < 600; at++) {
      const capturedAtMs = capturedAtMsOf(at);
      source.put({ eventId: `e${at}`, embedding: Float32Array.of(1, at), capturedAtMs });
    }
    const keeper = keeperOf(source);
    expect(keeper.report).toMatchObject({ isLoaded: false, vectors: 0 });
    await pass(keeper);
    const loading = seen.filter(({ isLoaded, vectors }) => !isLoaded && vectors > 0);
    expect(loading.length).toBeGreaterThan(1);
    for (const { documents } of loading) expect(documents).toBe(600);
    expect(keeper.report).toMatchObject({ isLoaded: true, vectors: 600, documents: 600 });
    expect(keeper.coveredAfterMs).toBe(-Infinity);
  });

  it('goes on where it was when the database comes back, without being asked again', async () => {
    const source = filled(300);
    source.gate = () => {
      if (index.size >= 100) source.failure = new StoreUnavailable();
      return Promise.resolve();
    };
    const retries: (() => void)[] = [];
    const timer = setTimeout(() => undefined, 0);
    jest.spyOn(global, 'setTimeout').mockImplementation((callback) => {
      retries.push(callback);
      return timer;
    });
    const keeper = keeperOf(source);
    await pass(keeper);
    jest.restoreAllMocks();
    expect(failures).toContainEqual(expect.any(StoreUnavailable));
    expect(keeper.report).toMatchObject({ isLoaded: false, documents: 300 });
    const held = index.size;
    source.gate = () => Promise.resolve();
    source.failure = undefined;
    jest.setSystemTime(Date.now() + HOUR_MS);
    for (const retry of retries) retry();
    expect(await eventually(() => keeper.report.isLoaded, WAIT_MS)).toBe(true);
    expect(index.size).toBe(300);
    expect(source.listedAfter.at(-1)).toBe([...source.stored.keys()].sort()[held - 1]);
    expect(source.vectorsRead).toBe(300);
  });

  it('drops what is gone, and takes in what was replaced or came late', async () => {
    const source = filled(20);
    const keeper = keeperOf(source);
    await pass(keeper);
    source.stored.delete('e0003');
    const [replaced, late] = [Float32Array.of(5, 5), Float32Array.of(6, 6)];
    source.put({ eventId: 'e0004', embedding: replaced, acceptedAtMs: 7 });
    source.put({ eventId: 'late', embedding: late, capturedAtMs: Date.UTC(2020) });
    jest.setSystemTime(Date.now() + HOUR_MS);
    await pass(keeper);
    expect(heldOf(source)).toEqual([...source.stored.keys()].sort());
    expect(index.size).toBe(20);
    expect(index.get('e0004')).toMatchObject({ acceptedAtMs: 7 });
  });

  it('looks for what came late soon after loading, however long that took', async () => {
    const source = filled(20);
    source.afterListing = () => {
      jest.setSystemTime(Date.now() + HOUR_MS);
      return Promise.resolve();
    };
    const keeper = keeperOf(source);
    await pass(keeper);
    source.put({ eventId: 'late', embedding: Float32Array.of(6, 6), capturedAtMs: Date.UTC(2020) });
    jest.setSystemTime(Date.now() + 10_000);
    await pass(keeper);
    expect(index.get('late')).toBeDefined();
  });

  it('keeps what was stored while a sweep was past its place', async () => {
    const source = filled(20);
    const keeper = keeperOf(source);
    source.afterListing = async () => {
      source.put({ eventId: 'a', embedding: Float32Array.of(1, 2), capturedAtMs: Date.now() });
      jest.setSystemTime(Date.now() + 5_000);
      void keeper.refresh();
      await eventually(() => index.get('a') !== undefined, WAIT_MS);
    };
    await pass(keeper);
    expect(index.get('a')).toBeDefined();
  });

  it('holds the newest captures where memory is short, and reads what it leaves out once', async () => {
    index = new VectorIndex(MIB);
    const source = new FilledSource();
    for (let at = 0; at < 150; at++) {
      const capturedAtMs = Date.UTC(2026, 0, 1) + ((at * 7) % 150) * HOUR_MS;
      source.put({ eventId: `e${at}`, embedding: new Float32Array(8_192).fill(at + 1), capturedAtMs });
    }
    const keeper = keeperOf(source);
    await pass(keeper);
    const newest = [...source.stored.values()].filter(
      ({ capturedAtMs }) => capturedAtMs > keeper.coveredAfterMs,
    );
    expect(index.size).toBeGreaterThan(50);
    expect(newest.length).toBeLessThan(150);
    expect(index.size).toBe(newest.length);
    expect(heldOf(source)).toEqual(newest.map(({ eventId }) => eventId).sort());
    expect(index.bytes).toBeLessThanOrEqual(index.maxBytes);
    const read = source.vectorsRead;
    jest.setSystemTime(Date.now() + HOUR_MS);
    await pass(keeper);
    expect(source.vectorsRead).toBe(read);
  });

  it('lets in again what it left out, once enough of the rest is gone', async () => {
    index = new VectorIndex(MIB);
    const source = new FilledSource();
    for (let at = 0; at < 120; at++) {
      const embedding = new Float32Array(8_192).fill(at + 1);
      source.put({ eventId: `e${at}`, embedding, capturedAtMs: Date.UTC(2026, 0, 1) + at });
    }
    const keeper = keeperOf(source);
    await pass(keeper);
    for (let at = 3; at < 120; at++) source.stored.delete(`e${at}`);
    for (let sweeps = 0; sweeps < 2; sweeps++) {
      jest.setSystemTime(Date.now() + HOUR_MS);
      await pass(keeper);
    }
    expect(heldOf(source)).toEqual(['e0', 'e1', 'e2']);
    expect(keeper.coveredAfterMs).toBe(-Infinity);
  });
});

/** Remembers what was asked for; `afterListing` runs before a listing comes to its end. */
class FilledSource extends InMemoryVectorSource {
  readonly listedAfter: (string | undefined)[] = [];
  afterListing = (): Promise<void> => Promise.resolve();

  override async *list(afterId?: string): AsyncIterable<readonly ListedDocument[]> {
    this.listedAfter.push(afterId);
    yield* super.list(afterId);
    await this.afterListing();
  }
}
