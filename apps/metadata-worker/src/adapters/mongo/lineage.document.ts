import type { mongo } from 'mongoose';
import type { LineageEvent, RecordedLineage } from '@libs/domain';
import { toStoredFields } from '@libs/platform';

/** A document of `gpu_metrics` or `token_usage`: the fields of the contract, those besides, and what the worker adds. */
export interface LineageDocument {
  /** The event's id; with `@` and the key id behind it where another key id came first (docs/adr/0012). */
  readonly _id: string;
  readonly ts: Date;
  readonly processedAt: Date;
  readonly pipeline: {
    readonly topic: string;
    readonly partition: number;
    readonly offset: bigint;
    /** Whose it is; missing, which means null, in documents older than the header that names it. */
    readonly keyId: string | null;
    readonly workerVersion: string;
  };
  readonly [field: string]: unknown;
}

export type LineageCollection = mongo.Collection<LineageDocument>;

/** Where the events of each kind are kept. */
export const LINEAGE_COLLECTIONS: Readonly<Record<LineageEvent['kind'], string>> = {
  'gpu-metrics': 'gpu_metrics',
  'token-usage': 'token_usage',
};

export function toLineageDocument(recorded: RecordedLineage): LineageDocument {
  const { event, position, processedAt, workerVersion, producer } = recorded;
  const { id, kind: _kind, additional, ...named } = event;
  return {
    _id: id,
    ...named,
    ...Object.fromEntries(toStoredFields(additional)),
    processedAt,
    pipeline: { ...position, keyId: producer.keyId, workerVersion },
  };
}

/** The same document with the `_id` that it gets where another key id came first. */
export function withOwnerSuffix(document: LineageDocument): LineageDocument {
  return { ...document, _id: `${document._id}@${document.pipeline.keyId ?? ''}` };
}
