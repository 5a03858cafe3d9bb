import type { mongo } from 'mongoose';
import {
  PipelineError,
  ReadTimeout,
  type CapturePosition,
  type Clock,
  type MetadataFilter,
  type MetadataPage,
  type PageRequest,
} from '@libs/domain';
import { MetadataPages, newestFirst, positionOf, projectionOf, type Documents } from './metadata-pages';
import { capturedBetween, equalities } from './metadata-queries';
import { PacedQueries } from './paced-queries';
import { BoundsOfAxes, PageWindows } from './page-windows';
import { readFault } from './read-database';
import { toStoredMetadata, type StoredMetadataDocument } from './stored-metadata.document';

/** What a page is chosen by. */
type Key = Pick<StoredMetadataDocument, '_id' | 'capturedAt' | 'model' | 'gpu' | 'tags'>;

const KEY = { capturedAt: 1, model: 1, 'gpu.deviceName': 1, tags: 1 };

/** A window with so many documents is full: it may hold more. */
const MAX_KEYS = 500;
const TIMES = { firstWidth: 100, growth: 8, target: MAX_KEYS / 2 };
/** Ids by their first 48 bits, which are the time of a UUIDv7. */
const ID_PREFIXES = 2 ** 48;
const IDS = { firstWidth: 1, growth: 256, target: MAX_KEYS / 2 };
/** The contract knows no earlier capture. */
const FIRST_CAPTURE_MS = Date.UTC(2000);
/** Behind a prefix: below every id, and as long. The database loses documents where a bound is only part of an id. */
const BOUND_REST = '-0000-0000-000000000000';
/** Behind a prefix: the least id that a cursor may name. */
const LEAST_ID_REST = '-1000-8000-000000000000';

/** Of a page's time: when no further window is begun, and when the keys must be there. */
const BUDGET_SHARE = 0.25;
const KEYS_SHARE = 0.8;

/**
 * Pages of the embedded database, which gathers all that a query's index bounds hold, whatever the limit, and lets
 * nobody write meanwhile. So a query here asks for a window of time by one equality, without a sort; within an instant
 * that holds too many, for a window of ids. Windows begin narrow, grow while they hold little, and are split when they
 * are full. A page whose time is over ends where it is.
 */
export class EmbeddedPages extends MetadataPages {
  private readonly times = new BoundsOfAxes();
  private readonly ids = new BoundsOfAxes();
  private readonly queries = new PacedQueries();

  constructor(private readonly clock: Clock) {
    super();
  }

  async read(documents: Documents, request: PageRequest, timeoutMs: number): Promise<MetadataPage> {
    const page = new PageInProgress(documents, request, timeoutMs);
    const isThrough = await this.gather(page);
    const keys = page.keys.slice(0, request.limit);
    const items = await documentsInOrder(page, keys);
    if (page.isFull) return { items, next: positionOf(keys.at(-1)!) };
    if (!isThrough && !page.reached) throw new ReadTimeout(timeoutMs);
    return { items, next: isThrough ? undefined : page.reached };
  }

  /** Answers whether all that was asked for was looked at. */
  private async gather(page: PageInProgress): Promise<boolean> {
    const { filter, after } = page.request;
    if (after && !(await this.gatherInstant(page, after.capturedAt.getTime(), after.eventId))) return false;
    const [equality] = Object.entries(equalities(filter));
    const same = equality ? Object.fromEntries([equality]) : {};
    const bounds = this.times.of(JSON.stringify(same));
    const whole = {
      from: filter.from?.getTime() ?? FIRST_CAPTURE_MS,
      to: (after?.capturedAt ?? filter.to)?.getTime() ?? Infinity,
      start: this.clock.now().getTime(),
    };
    const windows = new PageWindows(whole, TIMES, bounds);
    for (let window = windows.current; window; window = windows.current) {
      if (page.isOver) {
        windows.pause();
        return false;
      }
      const { from, to } = window;
      // Known to hold too many: all of one instant, between two bounds.
      const isDense = to - from === 1 && bounds.has(from) && bounds.has(to);
      const keys = isDense
        ? undefined
        : await this.keysOf(page, { ...same, ...capturedBetween(from - 1, to) });
      if (keys === 'late') {
        windows.narrow();
        return false;
      }
      if (keys && keys.length < MAX_KEYS) {
        page.take(keys, { capturedAt: new Date(from), eventId: `00000000-0000${LEAST_ID_REST}` });
        windows.passed(keys.length);
        continue;
      }
      if (isDense) {
        if (!(await this.gatherInstant(page, from))) return false;
        windows.passed(MAX_KEYS);
        continue;
      }
      const captures = keys!.map(({ capturedAt }) => capturedAt.getTime());
      const oldest = Math.min(...captures);
      if (Math.max(...captures) === oldest) bounds.add(oldest);
      bounds.add(oldest + 1);
    }
    return true;
  }

  /** The documents of one instant, the greatest id first. */
  private async gatherInstant(page: PageInProgress, captureMs: number, beforeId?: string): Promise<boolean> {
    const capturedAt = new Date(captureMs);
    const to = beforeId === undefined ? ID_PREFIXES : endOf(beforeId);
    const windows = new PageWindows({ from: 0, to, start: to }, IDS, this.ids.of(String(captureMs)));
    let before = beforeId;
    for (let window = windows.current; window; window = windows.current) {
      if (page.isOver) {
        windows.pause();
        return false;
      }
      const isNarrowest = window.to - window.from === 1;
      const isBelow = before !== undefined && window.to > prefixOf(before);
      const end = isBelow ? before : window.to < ID_PREFIXES ? textOf(window.to) + BOUND_REST : undefined;
      const _id = {
        ...(window.from > 0 && { $gte: textOf(window.from) + BOUND_REST }),
        ...(end !== undefined && { $lt: end }),
      };
      const query = { capturedAt, ...(Object.keys(_id).length > 0 && { _id }) };
      const keys = await this.keysOf(page, query, isNarrowest ? { _id: -1 } : undefined);
      if (keys === 'late') {
        windows.narrow();
        if (isNarrowest && !page.reached) throw tooManyOfOneInstant(capturedAt);
        return false;
      }
      const isFull = keys.length === MAX_KEYS;
      if (isFull && !isNarrowest) {
        const least = Math.min(...keys.map((key) => prefixOf(key._id)));
        windows.split(Math.min(least + 1, window.to - 1));
        continue;
      }
      if (isFull) before = keys.at(-1)!._id;
      const eventId = isFull ? before! : textOf(window.from) + LEAST_ID_REST;
      page.take(keys, { capturedAt, eventId });
      if (!isFull) windows.passed(keys.length);
    }
    return true;
  }

  private async keysOf(
    page: PageInProgress,
    query: mongo.Filter<StoredMetadataDocument>,
    sort?: mongo.Sort,
  ): Promise<readonly Key[] | 'late'> {
    try {
      return await this.queries.run(async () => {
        const timeoutMS = Math.floor(page.keysLeftMs);
        if (timeoutMS < 1) return 'late';
        const options = { projection: KEY, limit: MAX_KEYS, batchSize: MAX_KEYS + 1, timeoutMS };
        return page.documents.find<Key>(query, { ...options, ...(sort && { sort }) }).toArray();
      });
    } catch (error) {
      if (readFault(error, 0) instanceof ReadTimeout) return 'late';
      throw error;
    }
  }
}

/** What one page has found so far, and how much time it has. */
class PageInProgress {
  readonly keys: Key[] = [];
  /** Up to where everything was looked at. */
  reached: CapturePosition | undefined;
  private readonly startedAt = performance.now();

  constructor(
    readonly documents: Documents,
    readonly request: PageRequest,
    private readonly timeoutMs: number,
  ) {}

  /** One document more than the page holds tells whether another follows. */
  get isFull(): boolean {
    return this.keys.length > this.request.limit;
  }

  get isOver(): boolean {
    return this.isFull || this.leftMs(BUDGET_SHARE) <= 0;
  }

  get keysLeftMs(): number {
    return this.leftMs(KEYS_SHARE);
  }

  leftMs(share: number): number {
    return this.startedAt + share * this.timeoutMs - performance.now();
  }

  /** Everything between the last window and `reached`. */
  take(keys: readonly Key[], reached: CapturePosition): void {
    this.keys.push(...keys.filter((key) => matches(key, this.request.filter)).sort(newestFirst));
    this.reached = reached;
  }
}

async function documentsInOrder(page: PageInProgress, keys: readonly Key[]): Promise<MetadataPage['items']> {
  if (keys.length === 0) return [];
  const query = { _id: { $in: keys.map(({ _id }) => _id) } };
  const projection = projectionOf(page.request.detail);
  const timeoutMS = Math.max(1, Math.floor(page.leftMs(1)));
  const options = { projection, limit: keys.length, batchSize: keys.length + 1, timeoutMS };
  const found = await page.documents.find(query, options).toArray();
  return found.sort(newestFirst).map(toStoredMetadata);
}

function matches({ model, gpu, tags }: Key, filter: MetadataFilter): boolean {
  return (
    (filter.model ?? model) === model &&
    (filter.deviceName ?? gpu.deviceName) === gpu.deviceName &&
    (filter.tag === undefined || tags.includes(filter.tag))
  );
}

function prefixOf(eventId: string): number {
  return parseInt(eventId.slice(0, 8) + eventId.slice(9, 13), 16);
}

/** The prefixes below an id; behind the least id of a prefix nothing of it is left. */
function endOf(eventId: string): number {
  return prefixOf(eventId) + (eventId.endsWith(LEAST_ID_REST) ? 0 : 1);
}

function textOf(prefix: number): string {
  const digits = prefix.toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}`;
}

function tooManyOfOneInstant(capturedAt: Date): PipelineError {
  return new PipelineError(
    'read_timeout',
    `too many documents were captured at ${capturedAt.toISOString()} to read some of them in time`,
  );
}
