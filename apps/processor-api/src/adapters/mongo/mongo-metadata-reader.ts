import type { mongo } from 'mongoose';
import {
  MetadataReader,
  ReadTimeout,
  type Clock,
  type Detail,
  type MetadataPage,
  type PageRequest,
  type Reader,
  type StoredMetadata,
} from '@libs/domain';
import { capturedBetween, equalities, pageWindows } from './metadata-queries';
import type { ReadDatabase } from './read-database';
import { documentsOf, toStoredMetadata, type StoredMetadataDocument } from './stored-metadata.document';

const NEWEST_FIRST = { capturedAt: -1, _id: -1 } as const;

/** Reads `gpu_metadata`. */
export class MongoMetadataReader extends MetadataReader {
  constructor(
    private readonly database: ReadDatabase,
    private readonly clock: Clock,
  ) {
    super();
  }

  byId(eventId: string, detail: Detail, reader: Reader): Promise<StoredMetadata | undefined> {
    return this.database.read('document', reader, async (database, timeoutMS) => {
      const options = { projection: projectionOf(detail), timeoutMS };
      const found = await documentsOf(database).findOne({ _id: eventId }, options);
      return found ? toStoredMetadata(found) : undefined;
    });
  }

  async page(request: PageRequest, reader: Reader): Promise<MetadataPage> {
    const { limit } = request;
    const found = await this.database.read('page', reader, (database, timeoutMS) =>
      this.gather(documentsOf(database), request, timeoutMS),
    );
    const items = found.slice(0, limit).map(toStoredMetadata);
    const last = items.at(-1);
    const hasMore = found.length > limit && last !== undefined;
    return { items, next: hasMore ? { capturedAt: last.capturedAt, eventId: last.eventId } : undefined };
  }

  async latest(reader: Reader): Promise<StoredMetadata | undefined> {
    const request = { filter: {}, limit: 1, after: undefined, detail: 'without-embedding' } as const;
    return (await this.page(request, reader)).items[0];
  }

  /** One document more than the page holds, where there is one. */
  private async gather(
    documents: mongo.Collection<StoredMetadataDocument>,
    request: PageRequest,
    timeoutMs: number,
  ): Promise<StoredMetadataDocument[]> {
    const deadline = performance.now() + timeoutMs;
    const found: StoredMetadataDocument[] = [];
    for (const query of pageQueries(request, this.clock.now())) {
      const limit = request.limit + 1 - found.length;
      if (limit === 0) break;
      const timeoutMS = Math.floor(deadline - performance.now());
      if (timeoutMS < 1) throw new ReadTimeout(timeoutMs);
      // One batch more than the limit: no cursor stays open at the server.
      const options = { sort: NEWEST_FIRST, limit, batchSize: limit + 1, timeoutMS };
      const projection = projectionOf(request.detail);
      found.push(...(await documents.find(query, { ...options, projection }).toArray()));
    }
    return found;
  }
}

/**
 * What a page asks, one query after the other until it is full: the rest of the instant where the last page ended,
 * then what was captured earlier, range by range. One query with `$or` would use no index.
 */
export function* pageQueries(
  { filter, after }: Omit<PageRequest, 'limit' | 'detail'>,
  now: Date,
): Generator<mongo.Filter<StoredMetadataDocument>> {
  const { from, to, ...texts } = filter;
  if (after) yield { ...equalities(texts), capturedAt: after.capturedAt, _id: { $lt: after.eventId } };
  const end = after?.capturedAt ?? to;
  for (const range of pageWindows({ ...(from && { from }), ...(end && { to: end }) }, now)) {
    const afterMs = range.from ? range.from.getTime() - 1 : -Infinity;
    yield { ...equalities(texts), ...capturedBetween(afterMs, range.to?.getTime() ?? Infinity) };
  }
}

function projectionOf(detail: Detail): mongo.Document {
  return detail === 'with-embedding' ? {} : { embedding: 0 };
}
