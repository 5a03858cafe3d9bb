import { RecordRejected } from '../errors';
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
