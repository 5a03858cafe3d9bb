import { mongo } from 'mongoose';
import type { MetadataFilter, StoredMetadata } from '@libs/domain';
import type { CaptureWindow } from '../vector-index/capture-windows';
import {
  VectorSource,
  type ListDetail,
  type ListedDocument,
  type VectorDocument,
} from '../vector-index/vector-source';
import { capturedBetween, equalities } from './metadata-queries';
import { readFault } from './read-database';
import {
  documentsOf,
  toStoredMetadata,
  toVector,
  type StoredMetadataDocument,
} from './stored-metadata.document';

type Stored = Pick<
  StoredMetadataDocument,
  '_id' | 'embedding' | 'model' | 'gpu' | 'tags' | 'capturedAt' | 'acceptedAt'
>;

/** Documents of one answer of the database: 1 MiB of vectors with 2048 values. */
const VECTOR_BATCH = 128;
const LIST_BATCH = 5_000;

const SEARCHED_BY = { embedding: 1, model: 1, 'gpu.deviceName': 1, tags: 1, capturedAt: 1, acceptedAt: 1 };

/** Which of them, and how long an operation may take. */
export interface VectorSourceOptions {
  readonly database: mongo.Db;
  /** What is left of the time, in milliseconds: `scan` for looking further, `read` for everything else. */
  readonly leftMs: (what: 'scan' | 'read') => number;
}

/** Reads `gpu_metadata` for the search. */
export class MongoVectorSource extends VectorSource {
  constructor(private readonly options: VectorSourceOptions) {
    super();
  }

  async *list(window: CaptureWindow, detail: ListDetail): AsyncIterable<readonly ListedDocument[]> {
    const isAccepted = detail === 'accepted';
    const projection = { capturedAt: 1, ...(isAccepted && { acceptedAt: 1 }) };
    const cursor = documentsOf(this.options.database).find<Stored>(captured(window), {
      projection,
      batchSize: LIST_BATCH,
      timeoutMS: this.timeoutMs('read'),
    });
    for await (const portion of this.portionsOf(cursor)) {
      yield portion.map(({ _id, capturedAt, acceptedAt }) => ({
        eventId: _id,
        capturedAtMs: capturedAt.getTime(),
        ...(isAccepted && { acceptedAtMs: acceptedAt.getTime() }),
      }));
    }
  }

  async *scan(window: CaptureWindow, filter: MetadataFilter): AsyncIterable<readonly VectorDocument[]> {
    const query = { ...equalities(filter), ...captured(window) };
    const cursor = documentsOf(this.options.database).find<Stored>(query, {
      projection: SEARCHED_BY,
      batchSize: VECTOR_BATCH,
      timeoutMS: this.timeoutMs('scan'),
    });
    for await (const portion of this.portionsOf(cursor)) yield portion.map(toVectorDocument);
  }

  async vectors(eventIds: readonly string[]): Promise<readonly VectorDocument[]> {
    const documents = await this.byId<Stored>(eventIds, { projection: SEARCHED_BY });
    return documents.map(toVectorDocument);
  }

  async documents(eventIds: readonly string[]): Promise<readonly Required<StoredMetadata>[]> {
    const documents = await this.byId<StoredMetadataDocument>(eventIds, {});
    return documents.map((document) => ({
      ...toStoredMetadata(document),
      embedding: vectorOf(document),
    })) as readonly Required<StoredMetadata>[];
  }

  private async byId<T extends mongo.Document>(
    eventIds: readonly string[],
    options: mongo.FindOptions,
  ): Promise<readonly T[]> {
    const query = { _id: { $in: [...eventIds] } };
    const found: T[] = [];
    const cursor = documentsOf(this.options.database).find<T>(query, {
      ...options,
      timeoutMS: this.timeoutMs('read'),
    });
    for await (const portion of this.portionsOf(cursor)) found.push(...portion);
    return found;
  }

  /** What the cursor has read at each time. */
  private async *portionsOf<T>(cursor: mongo.FindCursor<T>): AsyncIterable<readonly T[]> {
    try {
      while (await cursor.hasNext()) yield cursor.readBufferedDocuments();
    } catch (error) {
      throw readFault(error, this.options.leftMs('read'));
    } finally {
      await cursor.close().catch(() => undefined);
    }
  }

  private timeoutMs(what: 'scan' | 'read'): number {
    return Math.max(1, Math.floor(this.options.leftMs(what)));
  }
}

function captured({ afterMs, untilMs }: CaptureWindow): mongo.Filter<StoredMetadataDocument> {
  return capturedBetween(afterMs, untilMs + 1);
}

function toVectorDocument(document: Stored): VectorDocument {
  const { _id, model, gpu, tags, capturedAt, acceptedAt } = document;
  return {
    eventId: _id,
    capturedAtMs: capturedAt.getTime(),
    acceptedAtMs: acceptedAt.getTime(),
    model,
    deviceName: gpu.deviceName,
    tags,
    embedding: vectorOf(document),
  };
}

/** Of a document that somebody else wrote without one: no values, which no query has. */
function vectorOf({ embedding }: Pick<StoredMetadataDocument, 'embedding'>): Float32Array {
  return embedding ? toVector(embedding) : new Float32Array(0);
}
