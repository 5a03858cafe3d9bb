import type { MetadataFilter, StoredMetadata } from '@libs/domain';
import type { CaptureWindow } from './capture-windows';

/** A document as far as it is searched by. */
export interface VectorDocument {
  readonly eventId: string;
  readonly capturedAtMs: number;
  readonly acceptedAtMs: number;
  readonly model: string;
  readonly deviceName: string;
  readonly tags: readonly string[];
  readonly embedding: Float32Array;
}

/** A document without its vector. */
export interface ListedDocument {
  readonly eventId: string;
  readonly capturedAtMs: number;
  /** Not there where it was not asked for. */
  readonly acceptedAtMs?: number;
}

/** `captured`: what the index of the database holds; `accepted`: needs every document, and shows which were replaced. */
export type ListDetail = 'captured' | 'accepted';

/** Where the vectors are kept for good. Each method @throws ReadTimeout, StoreUnavailable */
export abstract class VectorSource {
  /** The documents of a window, in portions of no particular order. */
  abstract list(window: CaptureWindow, detail: ListDetail): AsyncIterable<readonly ListedDocument[]>;

  /** Those that the filter means, with their vectors, in portions that fit in memory. */
  abstract scan(window: CaptureWindow, filter: MetadataFilter): AsyncIterable<readonly VectorDocument[]>;

  /** The documents with these ids that there are, with their vectors. */
  abstract vectors(eventIds: readonly string[]): Promise<readonly VectorDocument[]>;

  /** The same with everything else that they hold. */
  abstract documents(eventIds: readonly string[]): Promise<readonly Required<StoredMetadata>[]>;
}
