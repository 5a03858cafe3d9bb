import { MetadataFilter, Reader, StoredMetadata } from '../model/stored-metadata';

export interface SimilarityQuery {
  /** Not all zeros: it has a direction. */
  readonly embedding: Float32Array;
  /** How many neighbours, at most. */
  readonly k: number;
  readonly filter: MetadataFilter;
}

/** A document and its cosine to the query, −1 to 1. */
export interface Neighbour {
  readonly score: number;
  readonly metadata: StoredMetadata;
}

/** How much of the database the index holds. */
export interface IndexProgress {
  /** Every document was looked at once. */
  readonly isLoaded: boolean;
  readonly vectors: number;
  /** Documents of the database, as they were last counted. */
  readonly documents: number;
}

export interface Neighbours {
  /** The greatest score first, of equal ones the smaller eventId; without their vectors. */
  readonly neighbours: readonly Neighbour[];
  /** Vectors that were compared with the query. */
  readonly scanned: number;
  /** False when the index does not hold all that the filter means: nearer ones may be missing. */
  readonly exhaustive: boolean;
  readonly index: IndexProgress;
  /** What was stored before is taken into account. */
  readonly asOf: Date;
}

/** Finds documents whose vectors point the same way; readers share it fairly. */
export abstract class SimilarityIndex {
  /**
   * The nearest documents by cosine among those with an embedding of the query's dimension; vectors that are all
   * zeros are never found.
   *
   * @throws ReadTimeout, StoreUnavailable, ReadsOverloaded — retriable; ReadsNotConfigured
   */
  abstract nearest(query: SimilarityQuery, reader: Reader): Promise<Neighbours>;
}
