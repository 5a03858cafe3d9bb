import { RecordRejected } from '../errors';
import { RecordedLineage } from '../model/lineage';
import { RecordedMetadata } from '../model/recorded-metadata';

/**
 * What became of one record:
 * `stored` it is the document now, in the place of one captured at `replacedCapturedAt` where there was one;
 * `superseded` the document is as new or newer;
 * `foreign` the document belongs to another key id; `rejected` the store refuses this very record.
 */
export type StoreOutcome =
  | { readonly kind: 'stored'; readonly replacedCapturedAt?: Date }
  | { readonly kind: 'superseded' | 'foreign' }
  | { readonly kind: 'rejected'; readonly error: RecordRejected };

/** The documents, one for each eventId. */
export abstract class MetadataStore {
  /**
   * Stores each record unless a document with its eventId is as new (acceptedAt) or another key id's;
   * answers one outcome for each, in order, once a majority of the replicas holds them. Idempotent.
   * A batch holds at most one record of an eventId.
   *
   * @throws StoreUnavailable — retriable; any part of the batch may be stored
   */
  abstract upsert(records: readonly RecordedMetadata[]): Promise<readonly StoreOutcome[]>;
}

/**
 * What became of one event: `stored` it is the document now; `superseded` its producer's document was there before;
 * `foreign` another key id came first, and it is stored beside that document, now or before;
 * `rejected` the store refuses this very event.
 */
export type LineageOutcome =
  | { readonly kind: 'stored' | 'superseded' | 'foreign' }
  | { readonly kind: 'rejected'; readonly error: RecordRejected };

/**
 * The readings and usages, one document for each identity of a producer: events of two key ids are never in each other's
 * way, whatever they are called and whichever comes first.
 */
export abstract class LineageStore {
  /**
   * Stores each event that its producer has no document of yet; the first stored stays, so redelivery, reordering and
   * replay change nothing. Answers one outcome for each, in order, once a majority of the replicas holds them.
   *
   * @throws StoreUnavailable — retriable; any part of the events may be stored
   */
  abstract add(events: readonly RecordedLineage[]): Promise<readonly LineageOutcome[]>;
}
