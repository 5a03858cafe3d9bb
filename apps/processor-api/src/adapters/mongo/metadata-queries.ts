import type { mongo } from 'mongoose';
import type { MetadataFilter } from '@libs/domain';
import type { StoredMetadataDocument } from './stored-metadata.document';

type Query = mongo.Filter<StoredMetadataDocument>;

/** What a filter asks to be equal; its range of time is for whoever knows how to bound it. */
export function equalities({ model, deviceName, tag }: MetadataFilter): Query {
  return {
    ...(model !== undefined && { model }),
    ...(deviceName !== undefined && { 'gpu.deviceName': deviceName }),
    ...(tag !== undefined && { tags: tag }),
  };
}

/** Captured between two instants, in ms. Strict bounds: the embedded database loses documents that lie on an inclusive one. */
export function capturedBetween(afterMs: number, beforeMs: number): Query {
  const bounds = {
    ...(afterMs > -Infinity && { $gt: new Date(afterMs) }),
    ...(beforeMs < Infinity && { $lt: new Date(beforeMs) }),
  };
  return Object.keys(bounds).length === 0 ? {} : { capturedAt: bounds };
}
