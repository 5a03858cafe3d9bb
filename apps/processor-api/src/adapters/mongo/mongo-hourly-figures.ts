import type { mongo } from 'mongoose';
import { HourlyFigures, type HourlyGroup, type HoursRequest, type Reader } from '@libs/domain';
import type { ReadDatabase } from './read-database';

/** A document of `gpu_metadata_hourly`. */
export interface HourlyGroupDocument extends Omit<HourlyGroup, 'hour' | 'model' | 'deviceName'> {
  readonly _id: Pick<HourlyGroup, 'hour' | 'model' | 'deviceName'>;
}

const NEWEST_FIRST = { '_id.hour': -1, '_id.model': 1, '_id.deviceName': 1 } as const;

/** Reads `gpu_metadata_hourly`. */
export class MongoHourlyFigures extends HourlyFigures {
  constructor(private readonly database: ReadDatabase) {
    super();
  }

  ofHours(request: HoursRequest, reader: Reader): Promise<readonly HourlyGroup[]> {
    return this.database.read('hours', reader, async (database, timeoutMS) => {
      const limit = request.limit + 1;
      const groups = await database
        .collection<HourlyGroupDocument>('gpu_metadata_hourly')
        .find(hoursQuery(request), { sort: NEWEST_FIRST, limit, timeoutMS })
        .toArray();
      return groups.map(({ _id, ...figures }) => ({
        hour: _id.hour,
        model: _id.model,
        deviceName: _id.deviceName,
        count: figures.count,
        dimensions: figures.dimensions,
        memoryUtilization: figures.memoryUtilization,
        ingestLatencyMs: figures.ingestLatencyMs,
        firstCapturedAt: figures.firstCapturedAt,
        lastCapturedAt: figures.lastCapturedAt,
        computedAt: figures.computedAt,
      }));
    });
  }
}

/** Strict bounds, as in `capturedBetween`. */
export function hoursQuery({ from, to, filter }: HoursRequest): mongo.Filter<HourlyGroupDocument> {
  const { model, deviceName } = filter;
  return {
    ...(model !== undefined && { '_id.model': model }),
    ...(deviceName !== undefined && { '_id.deviceName': deviceName }),
    '_id.hour': { $gt: new Date(from.getTime() - 1), $lt: to },
  };
}
