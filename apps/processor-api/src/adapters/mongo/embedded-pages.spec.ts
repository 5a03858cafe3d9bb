import type { mongo } from 'mongoose';
import { Clock, ReadTimeout, type CapturePosition, type MetadataPage } from '@libs/domain';
import { EmbeddedPages } from './embedded-pages';
import type { Documents } from './metadata-pages';

const NOW = new Date('2026-11-21T17:30:00.000Z');
const TIMEOUT_MS = 4_000;
const EVENT_ID = '0190b6a4-7c1e-7b3a-9c55-2f0f8d3f4a11';
/** So many that there may be more. */
const MANY = 250;

class FixedClock extends Clock {
  now(): Date {
    return NOW;
  }
}

interface Answer {
  readonly afterMs: number;
  readonly documents?: readonly mongo.Document[];
}

describe(EmbeddedPages.name, () => {
  let queries: mongo.Document[];
  let pages: EmbeddedPages;
  /** What the database answers to the query of this number. */
  let answer: (number: number) => Answer;
  const documents = {
    find: (query: mongo.Document) => ({
      toArray: async () => {
        queries.push(query);
        const { afterMs, documents: found = [] } = answer(queries.length);
        await new Promise((end) => setTimeout(end, afterMs));
        return found;
      },
    }),
  } as unknown as Documents;
  const read = async (after?: CapturePosition): Promise<MetadataPage> => {
    const request = { filter: {}, limit: 50, after, detail: 'without-embedding' } as const;
    const page = pages.read(documents, request, TIMEOUT_MS);
    page.catch(() => undefined);
    await jest.advanceTimersByTimeAsync(2 * TIMEOUT_MS);
    return page;
  };
  const windowOf = ({ capturedAt }: mongo.Document): { afterMs: number; beforeMs: number } => {
    const { $gt, $lt } = capturedAt as { $gt: Date; $lt: Date };
    return { afterMs: $gt.getTime(), beforeMs: $lt.getTime() };
  };
  const documentsBefore = (endMs: number): mongo.Document[] =>
    Array.from({ length: MANY }, (_, i) => ({ _id: EVENT_ID, capturedAt: new Date(endMs - 1 - (i % 8)) }));

  beforeEach(() => {
    jest.useFakeTimers();
    queries = [];
    pages = new EmbeddedPages(new FixedClock());
    answer = () => ({ afterMs: 1 });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('ends a page early where its time is spent, and goes on from there until all was looked at', async () => {
    answer = () => ({ afterMs: 300 });
    const first = await read();
    expect(first.items).toEqual([]);
    let pagesRead = 1;
    for (let { next } = first; next; pagesRead++) {
      const page: MetadataPage = await read(next);
      if (page.next) expect(page.next.capturedAt.getTime()).toBeLessThan(next.capturedAt.getTime());
      next = page.next;
    }
    expect(pagesRead).toBeGreaterThan(2);
    expect(pagesRead).toBeLessThan(20);
  });

  it('ends a page before a window that takes long, and learns from its answer all the same', async () => {
    answer = (number) =>
      number === 4
        ? { afterMs: 6_000, documents: documentsBefore(windowOf(queries[3]!).beforeMs) }
        : { afterMs: 1 };
    const { items, next } = await read();
    expect(items).toEqual([]);
    const late = windowOf(queries[3]!);
    expect(next!.capturedAt.getTime()).toBe(late.beforeMs);
    await read(next);
    const asked = queries.slice(4).filter((query) => !('_id' in query));
    expect(asked.map(windowOf)).not.toContainEqual(late);
    expect(windowOf(asked[0]!).beforeMs).toBe(late.beforeMs);
    expect(windowOf(asked[0]!).afterMs).toBeGreaterThan(late.afterMs);
  });

  it('is a timeout only where not even the first window was read in time', async () => {
    answer = () => ({ afterMs: TIMEOUT_MS });
    await expect(read()).rejects.toBeInstanceOf(ReadTimeout);
  });

  it('passes on what the database fails with', async () => {
    answer = () => {
      throw new Error('no database');
    };
    await expect(read()).rejects.toThrow('no database');
  });

  it('says so where one instant holds too many to read any of them in time', async () => {
    answer = () => ({ afterMs: TIMEOUT_MS, documents: documentsBefore(NOW.getTime() + 1).slice(-1) });
    const after = { capturedAt: NOW, eventId: EVENT_ID };
    const late = `the database did not answer within ${TIMEOUT_MS} ms`;
    await expect(read(after)).rejects.toThrow(late);
    answer = () => ({ afterMs: TIMEOUT_MS, documents: documentsBefore(NOW.getTime() + 1) });
    await expect(read(after)).rejects.toThrow(late);
    await expect(read(after)).rejects.toMatchObject({
      code: 'read_timeout',
      message: expect.stringContaining('captured at 2026-11-21T17:30:00.000Z') as string,
    });
  });
});
