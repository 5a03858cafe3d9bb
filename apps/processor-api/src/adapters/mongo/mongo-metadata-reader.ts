import type { mongo } from 'mongoose';
import {
  MetadataReader,
  type CapturePosition,
  type Detail,
  type MetadataFilter,
  type MetadataPage,
  type PageRequest,
  type StoredMetadata,
} from '@libs/domain';
import type { ReadDatabase } from './read-database';
import { toStoredMetadata, type StoredMetadataDocument } from './stored-metadata.document';

type Filter = mongo.Filter<StoredMetadataDocument>;

const NEWEST_FIRST = { capturedAt: -1, _id: -1 } as const;

/** Reads `gpu_metadata`. */
export class MongoMetadataReader extends MetadataReader {
  constructor(private readonly database: ReadDatabase) {
    super();
  }

  byId(eventId: string, detail: Detail): Promise<StoredMetadata | undefined> {
    return this.database.read(async (database, timeoutMS) => {
      const options = { projection: projectionOf(detail), timeoutMS };
      const found = await documentsOf(database).findOne({ _id: eventId }, options);
      return found ? toStoredMetadata(found) : undefined;
    });
  }

  async page({ filter, limit, after, detail }: PageRequest): Promise<MetadataPage> {
    const found = await this.database.read(async (database, timeoutMS) => {
      const options = { projection: projectionOf(detail), sort: NEWEST_FIRST, limit: limit + 1, timeoutMS };
      const documents: StoredMetadataDocument[] = [];
      for (const query of pageQueries(filter, after)) {
        const missing = limit + 1 - documents.length;
        if (missing === 0) break;
        const cursor = documentsOf(database).find(query, {
          ...options,
          limit: missing,
          batchSize: missing + 1,
        });
        documents.push(...(await cursor.toArray()));
      }
      return documents;
    });
    const items = found.slice(0, limit).map(toStoredMetadata);
    const last = items.at(-1);
    return { items, next: found.length > limit && last ? positionOf(last) : undefined };
  }

  async latest(): Promise<StoredMetadata | undefined> {
    const request = { filter: {}, limit: 1, after: undefined, detail: 'without-embedding' } as const;
    return (await this.page(request)).items[0];
  }
}

/**
 * What a page asks, one query after the other: of the instant where the last page ended the rest, then everything
 * earlier. One query with `$or` would use no index.
 */
export function pageQueries(filter: MetadataFilter, after?: CapturePosition): readonly Filter[] {
  if (!after) return [{ ...equalities(filter), ...captured(filter.from, filter.to) }];
  const { capturedAt, eventId } = after;
  return [
    { ...equalities(filter), capturedAt, _id: { $lt: eventId } },
    { ...equalities(filter), ...captured(filter.from, capturedAt) },
  ];
}

function equalities({ model, deviceName, tag }: MetadataFilter): Filter {
  return {
    ...(model !== undefined && { model }),
    ...(deviceName !== undefined && { 'gpu.deviceName': deviceName }),
    ...(tag !== undefined && { tags: tag }),
  };
}

/** Strict bounds: the embedded database loses documents that lie on an inclusive one. */
function captured(from: Date | undefined, to: Date | undefined): Filter {
  if (!from && !to) return {};
  return {
    capturedAt: { ...(from && { $gt: new Date(from.getTime() - 1) }), ...(to && { $lt: to }) },
  };
}

function projectionOf(detail: Detail): mongo.Document {
  return detail === 'with-embedding' ? {} : { embedding: 0 };
}

function documentsOf(database: mongo.Db): mongo.Collection<StoredMetadataDocument> {
  return database.collection<StoredMetadataDocument>('gpu_metadata');
}

function positionOf({ capturedAt, eventId }: StoredMetadata): CapturePosition {
  return { capturedAt, eventId };
}
