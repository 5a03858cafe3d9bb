import { mongo } from 'mongoose';
import { Clock, ReadTimeout, type CapturePosition, type MetadataPage } from '@libs/domain';
import { EmbeddedPages } from './embedded-pages';
import type { Documents } from './metadata-pages';

const NOW = new Date('2026-11-21T17:30:00.000Z');
const TIMEOUT_MS = 4_000;
const EVENT_ID = '0190b6a4-7c1e-7b3a-9c55-2f0f8d3f4a11';

class FixedClock extends Clock {
  now(): Date {
    return NOW;
  }
}

describe(EmbeddedPages.name, () => {
  let queries: mongo.Document[];
  let pages: EmbeddedPages;
  /** What a database without documents answers to the query of this number, after 300 ms. */
  let answer: (number: number) => readonly mongo.Document[];
  const documents = {
    find: (query: mongo.Document) => ({
      toArray: () => {
        queries.push(query);
        jest.advanceTimersByTime(300);
        return Promise.resolve().then(() => answer(queries.length));
      },
    }),
  } as unknown as Documents;
  const tooLate = (): never => {
    throw new mongo.MongoOperationTimeoutError('timed out');
  };
  const read = async (after?: CapturePosition): Promise<MetadataPage> => {
    const request = { filter: {}, limit: 50, after, detail: 'without-embedding' } as const;
    const page = pages.read(documents, request, TIMEOUT_MS);
    page.catch(() => undefined);
    await jest.advanceTimersByTimeAsync(2 * TIMEOUT_MS);
    return page;
  };

  beforeEach(() => {
    jest.useFakeTimers();
    queries = [];
    pages = new EmbeddedPages(new FixedClock());
    answer = () => [];
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('ends a page early where its time is spent, and goes on from there until all was looked at', async () => {
    const first = await read();
    expect(first.items).toEqual([]);
    expect(first.next!.capturedAt.getTime()).toBeLessThan(NOW.getTime());
    let pagesRead = 1;
    for (let { next } = first; next; pagesRead++) {
      const page: MetadataPage = await read(next);
      if (page.next) expect(page.next.capturedAt.getTime()).toBeLessThan(next.capturedAt.getTime());
      next = page.next;
    }
    expect(pagesRead).toBeGreaterThan(2);
  });

  it('ends a page where a window was not read in time, and asks for a narrower one next', async () => {
    answer = (number) => (number === 2 ? tooLate() : []);
    const { next } = await read();
    expect(next).toBeDefined();
    const widthOf = ({ capturedAt }: mongo.Document): number => {
      const { $gt, $lt } = capturedAt as { $gt: Date; $lt: Date };
      return $lt.getTime() - $gt.getTime() - 1;
    };
    const late = widthOf(queries[1]!);
    queries.length = 0;
    answer = () => [];
    await read(next);
    expect(widthOf(queries[0]!)).toBeLessThan(late);
  });

  it('is a timeout only where not even the first window was read in time', async () => {
    answer = tooLate;
    await expect(read()).rejects.toBeInstanceOf(ReadTimeout);
  });

  it('says so where an instant alone holds too many to read any of them in time', async () => {
    answer = tooLate;
    const told = read({ capturedAt: NOW, eventId: EVENT_ID });
    await expect(told).rejects.toMatchObject({
      code: 'read_timeout',
      message: expect.stringContaining('captured at 2026-11-21T17:30:00.000Z') as string,
    });
  });
});
