import type { GpuMetadataDocument } from '../src/adapters/mongo/gpu-metadata.document';
import type { HourlyCount } from '../src/adapters/mongo/hourly-count';
import type { HourlyDocument } from '../src/adapters/mongo/mongo-hourly-rollups';

/** What the figures are made of. */
export interface Counted {
  readonly model: string;
  readonly gpu: Pick<GpuMetadataDocument['gpu'], 'deviceName' | 'memoryUtilization'>;
  readonly embeddingDimension: number;
  readonly capturedAt: Date;
  readonly pipeline: Pick<GpuMetadataDocument['pipeline'], 'ingestLatencyMs'>;
}

const HOUR_MS = 3_600_000;

/** The hourly figures of documents, computed without the database; sorted by group. */
export function recount(documents: readonly Counted[]): HourlyCount[] {
  const groups = new Map<string, Counted[]>();
  for (const document of documents) {
    const hour = new Date(document.capturedAt);
    hour.setUTCMinutes(0, 0, 0);
    const key = JSON.stringify([hour, document.model, document.gpu.deviceName]);
    groups.set(key, [...(groups.get(key) ?? []), document]);
  }
  return [...groups].sort(byKey).map(([key, group]) => {
    const [hour, model, deviceName] = JSON.parse(key) as [string, string, string];
    const captured = group.map(({ capturedAt }) => capturedAt.getTime());
    return {
      _id: { hour: new Date(hour), model, deviceName },
      count: group.length,
      dimensions: [...new Set(group.map(({ embeddingDimension }) => embeddingDimension))].sort(
        (a, b) => a - b,
      ),
      memoryUtilization: figures(group.map(({ gpu }) => gpu.memoryUtilization)),
      ingestLatencyMs: figures(group.map(({ pipeline }) => pipeline.ingestLatencyMs)),
      firstCapturedAt: new Date(Math.min(...captured)),
      lastCapturedAt: new Date(Math.max(...captured)),
    };
  });
}

/** The stored figures in the same order, means to nine digits: the order of summing is the database's. */
export function figuresOf(stored: readonly HourlyDocument[]): HourlyCount[] {
  return stored
    .map(({ computedAt, ...count }): [string, HourlyCount] => {
      const { hour, model, deviceName } = count._id;
      return [JSON.stringify([hour, model, deviceName]), count];
    })
    .sort(byKey)
    .map(([, { memoryUtilization, ingestLatencyMs, ...rest }]) => ({
      ...rest,
      memoryUtilization: { ...memoryUtilization, mean: rounded(memoryUtilization.mean) },
      ingestLatencyMs: { ...ingestLatencyMs, mean: rounded(ingestLatencyMs.mean) },
    }));
}

/** The start of the hour after this one. */
export function nextHour(hour: Date): Date {
  return new Date(hour.getTime() + HOUR_MS);
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

function figures(values: readonly (number | null)[]): HourlyCount['memoryUtilization'] {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return { mean: null, max: null };
  return { mean: rounded(known.reduce((a, b) => a + b) / known.length), max: Math.max(...known) };
}

function rounded(mean: number | null): number | null {
  return mean === null ? null : Number(mean.toFixed(9));
}
