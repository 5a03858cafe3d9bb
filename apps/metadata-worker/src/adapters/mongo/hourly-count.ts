import type { mongo } from 'mongoose';
import { HOUR_MS } from '@libs/domain';

/** Over the documents where it is known; null where it is for none. */
interface Figures {
  readonly mean: number | null;
  readonly max: number | null;
}

/** What the documents of one hour, model and device give. */
export interface HourlyCount {
  readonly _id: { readonly hour: Date; readonly model: string; readonly deviceName: string };
  readonly count: number;
  /** Each embedding dimension once, the smallest first. */
  readonly dimensions: readonly number[];
  readonly memoryUtilization: Figures;
  readonly ingestLatencyMs: Figures;
  readonly firstCapturedAt: Date;
  readonly lastCapturedAt: Date;
}

interface Group {
  readonly _id: Omit<HourlyCount['_id'], 'hour'>;
  readonly count: number;
  readonly dimensions: number[];
  readonly meanUtilization: number | null;
  readonly maxUtilization: number | null;
  readonly meanLatencyMs: number | null;
  readonly maxLatencyMs: number | null;
  readonly firstCapturedAt: Date;
  readonly lastCapturedAt: Date;
}

/**
 * Groups the documents captured in an hour. Only operators that DocumentDB 5.0 has. No document lies on a bound
 * of the range: the embedded database loses those when the index has a field after the ranged one.
 */
export function hourlyPipeline(hour: Date): mongo.Document[] {
  const bounds = { $gt: new Date(hour.getTime() - 1), $lt: new Date(hour.getTime() + HOUR_MS) };
  return [
    { $match: { capturedAt: bounds } },
    {
      $group: {
        _id: { model: '$model', deviceName: '$gpu.deviceName' },
        count: { $sum: 1 },
        dimensions: { $addToSet: '$embeddingDimension' },
        meanUtilization: { $avg: '$gpu.memoryUtilization' },
        maxUtilization: { $max: '$gpu.memoryUtilization' },
        meanLatencyMs: { $avg: '$pipeline.ingestLatencyMs' },
        maxLatencyMs: { $max: '$pipeline.ingestLatencyMs' },
        firstCapturedAt: { $min: '$capturedAt' },
        lastCapturedAt: { $max: '$capturedAt' },
      },
    },
  ];
}

/** What `documents` hold of the hour now, as a majority of the replicas has it. */
export async function countHour(
  documents: mongo.Collection,
  hour: Date,
  timeoutMS: number,
): Promise<readonly HourlyCount[]> {
  const options = {
    readConcern: { level: 'majority' },
    readPreference: 'primary',
    timeoutMS,
  } as const;
  const groups = await documents.aggregate<Group>(hourlyPipeline(hour), options).toArray();
  return groups.map((group) => ({
    _id: { hour, model: group._id.model, deviceName: group._id.deviceName },
    count: group.count,
    dimensions: group.dimensions.sort((a, b) => a - b),
    memoryUtilization: { mean: group.meanUtilization, max: group.maxUtilization },
    ingestLatencyMs: { mean: group.meanLatencyMs, max: group.maxLatencyMs },
    firstCapturedAt: group.firstCapturedAt,
    lastCapturedAt: group.lastCapturedAt,
  }));
}
