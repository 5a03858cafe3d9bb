import {
  MetadataReader,
  ReadTimeout,
  type CapturePosition,
  type Detail,
  type MetadataPage,
  type PageRequest,
  type Reader,
  type StoredMetadata,
} from '@libs/domain';
import { projectionOf, type MetadataPages } from './metadata-pages';
import type { ReadDatabase } from './read-database';
import { documentsOf, toStoredMetadata } from './stored-metadata.document';

/** Reads `gpu_metadata`. */
export class MongoMetadataReader extends MetadataReader {
  constructor(
    private readonly database: ReadDatabase,
    private readonly pages: MetadataPages,
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

  page(request: PageRequest, reader: Reader): Promise<MetadataPage> {
    return this.database.read('page', reader, (database, timeoutMS) =>
      this.pages.read(documentsOf(database), request, timeoutMS),
    );
  }

  latest(reader: Reader): Promise<StoredMetadata | undefined> {
    return this.database.read('latest', reader, async (database, timeoutMs) => {
      const deadline = performance.now() + timeoutMs;
      const request = { filter: {}, limit: 1, detail: 'without-embedding' } as const;
      let after: CapturePosition | undefined;
      do {
        const leftMs = Math.floor(deadline - performance.now());
        if (leftMs < 1) throw new ReadTimeout(timeoutMs);
        const page = await this.pages.read(documentsOf(database), { ...request, after }, leftMs);
        if (page.items.length > 0) return page.items[0];
        after = page.next;
      } while (after);
      return undefined;
    });
  }
}
