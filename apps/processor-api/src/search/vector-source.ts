import type { StoredMetadata } from '@libs/domain';
import type { ListedDocument, VectorDocument } from '@libs/vector-index';

/** A part of time: captured later than `afterMs`, at `untilMs` or before. */
export interface CaptureWindow {
  readonly afterMs: number;
  readonly untilMs: number;
}

/** Where the vectors are kept for good. Each method @throws ReadTimeout, StoreUnavailable */
export abstract class VectorSource {
  /** How many documents there are, about. */
  abstract count(): Promise<number>;

  /** The documents whose ids come after `afterId`, or all of them, in the order of ids, in portions. */
  abstract list(afterId: string | undefined): AsyncIterable<readonly ListedDocument[]>;

  /** The documents of a part of time, in portions of no particular order. */
  abstract captured(window: CaptureWindow): AsyncIterable<readonly ListedDocument[]>;

  /** The documents with these ids that there are, with their vectors. */
  abstract vectors(eventIds: readonly string[]): Promise<readonly VectorDocument[]>;

  /** The same with everything else that they hold. */
  abstract documents(eventIds: readonly string[]): Promise<readonly Required<StoredMetadata>[]>;
}
