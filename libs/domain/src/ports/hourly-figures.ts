import { HourlyGroup } from '../model/hourly-figures';
import { MetadataFilter, Reader } from '../model/stored-metadata';

export interface HoursRequest {
  /** Start of the first hour. */
  readonly from: Date;
  /** Start of the first hour that is not meant any more. */
  readonly to: Date;
  readonly filter: Pick<MetadataFilter, 'model' | 'deviceName'>;
  /** Groups in the answer, at most. */
  readonly limit: number;
}

/** Reads the roll-ups: eventually exact, never the source of truth. */
export abstract class HourlyFigures {
  /**
   * The groups of the hours asked for: the newest hour first, then by model and device. Of more than `limit` the
   * first `limit` + 1, which tells the caller that there are more.
   *
   * @throws ReadTimeout, StoreUnavailable, ReadsOverloaded — retriable; ReadsNotConfigured
   */
  abstract ofHours(request: HoursRequest, reader: Reader): Promise<readonly HourlyGroup[]>;
}

/** What a recount of one hour led to; `busy`: another process holds the roll-ups, nothing was done. */
export type RecountOutcome =
  { readonly kind: 'done'; readonly written: number; readonly removed: number } | { readonly kind: 'busy' };

/** The hourly figures about the documents, one group for each model and device. */
export abstract class HourlyRollups {
  /**
   * Makes the groups of the UTC hour that starts at `hour` what the documents captured in it give now. Idempotent;
   * of two processes that recount at once, the one that read the documents first never has the last word.
   *
   * @throws StoreUnavailable — any part of the hour may be written
   */
  abstract recount(hour: Date): Promise<RecountOutcome>;
}
