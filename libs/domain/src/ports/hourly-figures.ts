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
