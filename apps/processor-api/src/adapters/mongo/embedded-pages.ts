import type { mongo } from 'mongoose';
import {
  PipelineError,
  ReadTimeout,
  type CapturePosition,
  type Clock,
  type MetadataPage,
  type PageRequest,
} from '@libs/domain';
import { ID_PREFIXES, idsOf, leastIdOf, prefixesBelow, prefixOf, type IdRange } from './id-prefixes';
import { MetadataPages, newestFirst, positionOf, projectionOf, type Documents } from './metadata-pages';
import { capturedBetween, equalities } from './metadata-queries';
import { PacedQueries } from './paced-queries';
import { PageInProgress } from './page-in-progress';
import { FullWindows, PageWindows, widthEndingAt, type Window } from './page-windows';
import { toStoredMetadata, type StoredMetadataDocument } from './stored-metadata.document';

type Query = mongo.Filter<StoredMetadataDocument>;

/** A window with so many documents is full: it may hold more. */
const MAX_DOCUMENTS = 250;
/** The contract knows no earlier capture, and none so late. */
const FIRST_CAPTURE_MS = Date.UTC(2000);
const LAST_CAPTURE_MS = 2 ** 44;
/** Longer than any page waits: the database works on a query to its end, whoever waits for it. */
const QUERY_TIMEOUT_MS = 30_000;
const ASKED = {
  projection: projectionOf('without-embedding'),
  limit: MAX_DOCUMENTS,
  batchSize: MAX_DOCUMENTS + 1,
  timeoutMS: QUERY_TIMEOUT_MS,
};

/** What windows are cut from: the times of captures, or the ids of one instant. */
interface Axis {
  readonly windows: PageWindows;
  queryOf(window: Window): Query;
  /** Takes note of a window that is full. */
  learn(found: readonly StoredMetadataDocument[]): void;
  /** The position behind which all that is left lies before `place`. */
  positionAt(place: number): CapturePosition;
  /** Looks through one place that holds too many; answers whether it came to the end. */
  lookInside(place: number): Promise<boolean>;
}

/**
 * Pages of the embedded database, which gathers all that a query's index bounds hold, whatever the limit, and lets
 * nobody write meanwhile. So a query here asks for a window of time by one equality, without a sort; within an instant
 * that holds too many, for a window of ids. A page whose time is over ends where it is.
 */
export class EmbeddedPages extends MetadataPages {
  private readonly full = new FullWindows();
  private readonly queries = new PacedQueries();

  constructor(private readonly clock: Clock) {
    super();
  }

  async read(documents: Documents, request: PageRequest, timeoutMs: number): Promise<MetadataPage> {
    const page = new PageInProgress(documents, request, timeoutMs);
    const isThrough = await this.lookAtAll(page);
    const { found, reached } = page;
    if (!isThrough && !reached) throw new ReadTimeout(timeoutMs);
    const shown = found.slice(0, request.limit);
    const isWhole = request.detail === 'without-embedding' || shown.length === 0;
    const items = (isWhole ? shown : await withEmbeddings(page, shown)).map(toStoredMetadata);
    if (page.isFull) return { items, next: positionOf(shown.at(-1)!) };
    return { items, next: isThrough ? undefined : reached };
  }

  private async lookAtAll(page: PageInProgress): Promise<boolean> {
    const { filter, after } = page.request;
    if (after && !(await this.lookAtInstant(page, after.capturedAt.getTime(), after.eventId))) return false;
    const from = filter.from?.getTime() ?? FIRST_CAPTURE_MS;
    const to = (after?.capturedAt ?? filter.to)?.getTime() ?? LAST_CAPTURE_MS;
    // Next to nothing is captured later than now, and most of what is read right before.
    const nowMs = Math.min(to, Math.max(from, this.clock.now().getTime()));
    return (
      (await this.lookAtTimes(page, 'later', { from: nowMs, to })) &&
      (await this.lookAtTimes(page, 'earlier', { from, to: nowMs }))
    );
  }

  private lookAtTimes(page: PageInProgress, part: 'later' | 'earlier', whole: Window): Promise<boolean> {
    const [equality] = Object.entries(equalities(page.request.filter));
    const same: Query = equality ? Object.fromEntries([equality]) : {};
    const axis = part + JSON.stringify(same);
    return this.look(page, {
      windows: new PageWindows(axis, { ...whole, firstWidth: widthEndingAt(whole.to) }, this.full),
      queryOf: ({ from, to }) => ({ ...same, ...capturedBetween(from - 1, to) }),
      learn: (found) => {
        const times = found.map(({ capturedAt }) => capturedAt.getTime());
        this.full.add(axis, times);
        if (times.every((time) => time === times[0])) this.learnInstant(times[0]!, found);
      },
      positionAt: (place) => ({ capturedAt: new Date(place), eventId: leastIdOf(0) }),
      lookInside: (place) => this.lookAtInstant(page, place),
    });
  }

  /** @throws PipelineError `read_timeout` where it holds too many, and none of them were read in time */
  private async lookAtInstant(page: PageInProgress, captureMs: number, beforeId?: string): Promise<boolean> {
    const capturedAt = new Date(captureMs);
    const whole = { from: 0, to: prefixesBelow(beforeId), firstWidth: ID_PREFIXES };
    const isThrough = await this.look(page, {
      windows: new PageWindows(String(captureMs), whole, this.full),
      queryOf: (window) => ({ capturedAt, _id: idsOf(window, beforeId) }),
      learn: (found) => {
        this.learnInstant(captureMs, found);
      },
      positionAt: (place) => ({ capturedAt, eventId: leastIdOf(place) }),
      lookInside: (place) =>
        this.lookAtPrefix(page, capturedAt, idsOf({ from: place, to: place + 1 }, beforeId)),
    });
    const isLate = !isThrough && !page.reached;
    if (isLate && this.full.hasAny(String(captureMs))) throw tooManyOfOneInstant(capturedAt);
    return isThrough;
  }

  /** The ids that differ in their ends alone: nothing but a sort tells the next of them. */
  private async lookAtPrefix(page: PageInProgress, capturedAt: Date, ids: IdRange): Promise<boolean> {
    for (let before = ids.$lt; !page.isOver;) {
      const query = { capturedAt, _id: { ...ids, $lt: before } };
      const found = await this.ask(page, () => find(page, query, { _id: -1 }));
      if (!found) return false;
      before = isFull(found) ? found.at(-1)!._id : leastIdOf(prefixOf(ids.$gte));
      page.take(found, { capturedAt, eventId: before });
      if (!isFull(found)) return true;
    }
    return false;
  }

  private learnInstant(captureMs: number, found: readonly StoredMetadataDocument[]): void {
    this.full.add(
      String(captureMs),
      found.map(({ _id }) => prefixOf(_id)),
    );
  }

  /** Goes through the windows of an axis; answers whether it came to the end. */
  private async look(page: PageInProgress, axis: Axis): Promise<boolean> {
    const { windows } = axis;
    for (let window = windows.current; window; window = windows.current) {
      if (page.isOver) return false;
      if (windows.isDense) {
        if (!(await axis.lookInside(window.from))) return false;
        windows.passed();
        continue;
      }
      // What other pages learn meanwhile may make it narrower.
      const looked = await this.ask(page, async () => {
        const { from, to } = windows.current!;
        const found = await find(page, axis.queryOf({ from, to }));
        if (isFull(found)) axis.learn(found);
        return { from, found };
      });
      if (!looked) return false;
      if (isFull(looked.found)) continue;
      page.take(looked.found, axis.positionAt(looked.from));
      windows.passed();
    }
    return true;
  }

  /**
   * Answers undefined where the page's time is over before the database answers. That goes on with a query to its end all
   * the same, so nobody takes it back: what it tells is learned whenever it comes.
   */
  private async ask<T>(page: PageInProgress, query: () => Promise<T>): Promise<T | undefined> {
    const answer = this.queries.run(async () => (page.isOver ? undefined : query()));
    let timer: NodeJS.Timeout | undefined;
    const isOver = new Promise<undefined>((resolve) => {
      timer = setTimeout(
        () => {
          resolve(undefined);
        },
        Math.max(0, page.lookingMs),
      );
    });
    try {
      return await Promise.race([answer, isOver]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function find(
  { documents }: PageInProgress,
  query: Query,
  sort?: mongo.Sort,
): Promise<StoredMetadataDocument[]> {
  return documents.find(query, { ...ASKED, ...(sort && { sort }) }).toArray();
}

function isFull(found: readonly StoredMetadataDocument[]): boolean {
  return found.length === MAX_DOCUMENTS;
}

/** Vectors are read for what is on the page alone. */
async function withEmbeddings(
  page: PageInProgress,
  found: readonly StoredMetadataDocument[],
): Promise<StoredMetadataDocument[]> {
  const query = { _id: { $in: found.map(({ _id }) => _id) } };
  const timeoutMS = Math.max(1, Math.floor(page.leftMs(1)));
  const options = { limit: found.length, batchSize: found.length + 1, timeoutMS };
  return (await page.documents.find(query, options).toArray()).sort(newestFirst);
}

function tooManyOfOneInstant(capturedAt: Date): PipelineError {
  return new PipelineError(
    'read_timeout',
    `too many documents were captured at ${capturedAt.toISOString()} to read some of them in time`,
  );
}
