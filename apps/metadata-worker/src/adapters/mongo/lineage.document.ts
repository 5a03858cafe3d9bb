import { Schema, type mongo } from 'mongoose';
import type { LineageEvent, RecordedLineage } from '@libs/domain';

/** A document of `gpu_metrics` or `token_usage`: the fields of the contract, those besides, and what the worker adds. */
export interface LineageDocument {
  readonly _id: string;
  readonly ts: Date;
  readonly processedAt: Date;
  readonly pipeline: {
    readonly topic: string;
    readonly partition: number;
    readonly offset: bigint;
    readonly workerVersion: string;
  };
  readonly [field: string]: unknown;
}

export type LineageCollection = mongo.Collection<LineageDocument>;

const OPTIONS = { strict: false, versionKey: false, autoIndex: false, autoCreate: false } as const;

/** For the collection and its indexes; documents are written past mongoose's casting. */
export const gpuMetricsSchema = new Schema(
  { _id: String, ts: Date, host: String, gpu_index: Number },
  { ...OPTIONS, collection: 'gpu_metrics' },
)
  .index({ ts: 1 })
  .index({ host: 1, gpu_index: 1 });

/** For the collection and its indexes; documents are written past mongoose's casting. */
export const tokenUsageSchema = new Schema(
  { _id: String, ts: Date, model: String },
  { ...OPTIONS, collection: 'token_usage' },
)
  .index({ ts: 1 })
  .index({ model: 1 });

/** Where the events of each kind are kept. */
export const LINEAGE_SCHEMAS = {
  'gpu-metrics': gpuMetricsSchema,
  'token-usage': tokenUsageSchema,
} as const satisfies Record<LineageEvent['kind'], Schema>;

export function toLineageDocument(recorded: RecordedLineage): LineageDocument {
  const { event, position, processedAt, workerVersion } = recorded;
  const { id, kind: _kind, additional, ...named } = event;
  return { _id: id, ...named, ...additional, processedAt, pipeline: { ...position, workerVersion } };
}
