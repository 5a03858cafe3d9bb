import type { mongo } from 'mongoose';
import type { CapturePosition, Detail, MetadataPage, PageRequest } from '@libs/domain';
import { capturedBetween, equalities } from './metadata-queries';
import { toStoredMetadata, type StoredMetadataDocument } from './stored-metadata.document';

export type Documents = mongo.Collection<StoredMetadataDocument>;

/** How a kind of database reads a page. */
export abstract class MetadataPages {
  /** A page, as `MetadataReader` promises it, within `timeoutMs`. It may hold less than it could, and have a `next`. */
  abstract read(documents: Documents, request: PageRequest, timeoutMs: number): Promise<MetadataPage>;
}

/** Pages of databases that end a sorted read at its limit: MongoDB, DocumentDB, Atlas. */
export class IndexedPages extends MetadataPages {
  async read(documents: Documents, request: PageRequest, timeoutMs: number): Promise<MetadataPage> {
    const { filter, limit, after, detail } = request;
    const deadline = performance.now() + timeoutMs;
    const found: StoredMetadataDocument[] = [];
    const read = async (
      query: mongo.Filter<StoredMetadataDocument>,
      sort: mongo.Sort,
    ): Promise<StoredMetadataDocument[]> => {
      // One document more than the page holds tells whether another follows.
      const wanted = limit + 1 - found.length;
      const timeoutMS = Math.max(1, Math.floor(deadline - performance.now()));
      // One batch more than the limit: no cursor stays open at the server.
      const options = { sort, limit: wanted, batchSize: wanted + 1, timeoutMS };
      return documents.find(query, { ...options, projection: projectionOf(detail) }).toArray();
    };
    const same = equalities(filter);
    if (after) {
      const { capturedAt, eventId } = after;
      found.push(...(await read({ ...same, capturedAt, _id: { $lt: eventId } }, { _id: -1 })));
    }
    const range = earlierCaptures(request);
    if (found.length <= limit && range) {
      const captures = await read({ ...same, ...range }, { capturedAt: -1 });
      const last = captures.at(-1);
      const mayHaveMore = found.length + captures.length > limit;
      // An index that ends with the time tells no order within an instant: the last one is read again, by its ids.
      const whole = mayHaveMore
        ? captures.filter(({ capturedAt }) => capturedAt > last!.capturedAt)
        : captures;
      found.push(...whole.sort(newestFirst));
      if (mayHaveMore) found.push(...(await read({ ...same, capturedAt: last!.capturedAt }, { _id: -1 })));
    }
    const items = found.slice(0, limit);
    return {
      items: items.map(toStoredMetadata),
      next: found.length > limit ? positionOf(items.at(-1)!) : undefined,
    };
  }
}

/** What of the filter's range lies before the instant of the cursor; undefined: nothing. */
function earlierCaptures({
  filter: { from, to },
  after,
}: PageRequest): ReturnType<typeof capturedBetween> | undefined {
  const afterMs = from ? from.getTime() - 1 : -Infinity;
  const beforeMs = (after?.capturedAt ?? to)?.getTime() ?? Infinity;
  return afterMs + 1 < beforeMs ? capturedBetween(afterMs, beforeMs) : undefined;
}

/** The order of a page. */
export function newestFirst(
  one: Pick<StoredMetadataDocument, '_id' | 'capturedAt'>,
  other: Pick<StoredMetadataDocument, '_id' | 'capturedAt'>,
): number {
  return other.capturedAt.getTime() - one.capturedAt.getTime() || (other._id > one._id ? 1 : -1);
}

export function positionOf({
  capturedAt,
  _id,
}: Pick<StoredMetadataDocument, '_id' | 'capturedAt'>): CapturePosition {
  return { capturedAt, eventId: _id };
}

export function projectionOf(detail: Detail): mongo.Document {
  return detail === 'with-embedding' ? {} : { embedding: 0 };
}
