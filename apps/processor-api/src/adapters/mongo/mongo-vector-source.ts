import { mongo } from 'mongoose';
import type { StoredMetadata } from '@libs/domain';
import type { ListedDocument, VectorDocument } from '@libs/vector-index';
import { VectorSource, type CaptureWindow } from '../../search/vector-source';
import { capturedBetween } from './metadata-queries';
import { readFault } from './read-database';
import {
  documentsOf,
  toStoredMetadata,
  toVector,
  type StoredMetadataDocument,
} from './stored-metadata.document';

/** Somebody else may have written it: its id is there for certain. */
type Stored = Pick<StoredMetadataDocument, '_id'> & Partial<Omit<StoredMetadataDocument, '_id'>>;

/** Documents of one answer of the database: what is done about them ends before the next is asked for. */
const LIST_BATCH = 1_000;

const SEARCHED_BY = { embedding: 1, model: 1, 'gpu.deviceName': 1, tags: 1, capturedAt: 1, acceptedAt: 1 };

/** Which database, and how long one answer of it may take. */
export interface VectorSourceOptions {
  readonly database: mongo.Db;
  /** What is left of the time. */
  readonly leftMs: () => number;
}

/** Reads `gpu_metadata` for the search. */
export class MongoVectorSource extends VectorSource {
  constructor(private readonly options: VectorSourceOptions) {
    super();
  }

  async count(): Promise<number> {
    try {
      return await this.documentsStored().estimatedDocumentCount({ timeoutMS: this.timeoutMs() });
    } catch (error) {
      throw readFault(error, this.options.leftMs());
    }
  }

  list(afterId: string | undefined): AsyncIterable<readonly ListedDocument[]> {
    return this.listed(afterId === undefined ? {} : { _id: { $gt: afterId } }, { sort: { _id: 1 } });
  }

  captured({ afterMs, untilMs }: CaptureWindow): AsyncIterable<readonly ListedDocument[]> {
    return this.listed(capturedBetween(afterMs, untilMs + 1), {});
  }

  async vectors(eventIds: readonly string[]): Promise<readonly VectorDocument[]> {
    const documents = await this.byId<Stored>(eventIds, { projection: SEARCHED_BY });
    return readable(documents, toVectorDocument);
  }

  async documents(eventIds: readonly string[]): Promise<readonly Required<StoredMetadata>[]> {
    const documents = await this.byId<StoredMetadataDocument>(eventIds, {});
    return readable(documents, toStoredMetadata) as readonly Required<StoredMetadata>[];
  }

  private async *listed(
    query: mongo.Filter<StoredMetadataDocument>,
    options: mongo.FindOptions,
  ): AsyncIterable<readonly ListedDocument[]> {
    const cursor = this.documentsStored().find<Stored>(query, {
      ...options,
      projection: { capturedAt: 1, acceptedAt: 1 },
      batchSize: LIST_BATCH,
      timeoutMS: this.timeoutMs(),
      // Of each answer: between two of them the vectors are fetched.
      timeoutMode: 'iteration',
    });
    for await (const portion of this.portionsOf(cursor)) {
      yield readable(portion, ({ _id, capturedAt, acceptedAt }) => ({
        eventId: _id,
        capturedAtMs: capturedAt!.getTime(),
        acceptedAtMs: acceptedAt!.getTime(),
      }));
    }
  }

  private async byId<T extends mongo.Document>(
    eventIds: readonly string[],
    options: mongo.FindOptions,
  ): Promise<readonly T[]> {
    const query = { _id: { $in: [...eventIds] } };
    const found: T[] = [];
    const cursor = this.documentsStored().find<T>(query, { ...options, timeoutMS: this.timeoutMs() });
    for await (const portion of this.portionsOf(cursor)) found.push(...portion);
    return found;
  }

  private documentsStored(): mongo.Collection<StoredMetadataDocument> {
    return documentsOf(this.options.database);
  }

  /** What the cursor has read at each time. */
  private async *portionsOf<T>(cursor: mongo.FindCursor<T>): AsyncIterable<readonly T[]> {
    try {
      while (await cursor.hasNext()) yield cursor.readBufferedDocuments();
    } catch (error) {
      throw readFault(error, this.options.leftMs());
    } finally {
      await cursor.close().catch(() => undefined);
    }
  }

  private timeoutMs(): number {
    return Math.max(1, Math.floor(this.options.leftMs()));
  }
}

function toVectorDocument(document: Stored): VectorDocument {
  const { _id, model, embedding, gpu, tags, capturedAt, acceptedAt } = document;
  return {
    eventId: _id,
    capturedAtMs: capturedAt!.getTime(),
    acceptedAtMs: acceptedAt!.getTime(),
    model: String(model),
    deviceName: String(gpu?.deviceName),
    tags: tags!.map(String),
    embedding: toVector(embedding!),
  };
}

/** Without those that somebody else wrote in another form: one of them must not end the loading of all others. */
function readable<From, To>(documents: readonly From[], read: (document: From) => To): readonly To[] {
  return documents.flatMap((document) => {
    try {
      return [read(document)];
    } catch {
      return [];
    }
  });
}
