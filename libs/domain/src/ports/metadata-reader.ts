import { CapturePosition, Detail, MetadataFilter, Reader, StoredMetadata } from '../model/stored-metadata';

export interface PageRequest {
  readonly filter: MetadataFilter;
  /** Documents on the page, at most. */
  readonly limit: number;
  /** Behind which document the page begins; undefined for the newest. */
  readonly after: CapturePosition | undefined;
  readonly detail: Detail;
}

/** Some documents, newest capture first. */
export interface MetadataPage {
  readonly items: readonly StoredMetadata[];
  /** Where the next page begins; undefined on the last. */
  readonly next: CapturePosition | undefined;
}

/**
 * Reads the documents back, perhaps from a replica that lags behind. Readers share the database fairly: none of them is
 * kept waiting by how much another asks.
 *
 * Each method @throws ReadTimeout, StoreUnavailable, ReadsOverloaded — retriable; ReadsNotConfigured
 */
export abstract class MetadataReader {
  /** The document of an event (lower-case id); undefined when there is none. */
  abstract byId(eventId: string, detail: Detail, reader: Reader): Promise<StoredMetadata | undefined>;

  /**
   * One page of what the filter means. Going on at `next` neither repeats nor skips a document that was there when
   * the first page was read, whatever comes in meanwhile.
   */
  abstract page(request: PageRequest, reader: Reader): Promise<MetadataPage>;

  /** The document with the newest capture, without its vector; undefined when there is none at all. */
  abstract latest(reader: Reader): Promise<StoredMetadata | undefined>;
}
