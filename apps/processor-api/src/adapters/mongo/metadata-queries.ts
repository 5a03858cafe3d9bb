import type { mongo } from 'mongoose';
import type { MetadataFilter } from '@libs/domain';
import type { StoredMetadataDocument } from './stored-metadata.document';

type Query = mongo.Filter<StoredMetadataDocument>;

/** Captures in [`from`, `to`); undefined: no bound. */
export type CaptureRange = Pick<MetadataFilter, 'from' | 'to'>;

const FIRST_WIDTH_MS = 1_000;
const GROWTH = 4;
/** The contract knows no earlier capture. */
const FIRST_CAPTURE_MS = Date.UTC(2000);

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

/**
 * Cuts `whole` into ranges that follow one another, the newest first and each four times as long as the one before:
 * 1 s, 4 s, 16 s and so on. A page begins with a range that holds little and goes on until it is full, because not
 * every database ends a sorted read at its limit: some first read all that the range holds.
 */
export function* pageWindows({ from, to }: CaptureRange, now: Date): Generator<CaptureRange> {
  const earliestMs = from?.getTime() ?? FIRST_CAPTURE_MS;
  // What a clock that is ahead captured comes with the newest.
  let startMs = Math.min(to?.getTime() ?? Infinity, now.getTime()) - FIRST_WIDTH_MS;
  let widthMs = FIRST_WIDTH_MS;
  let end = to;
  while (startMs > earliestMs) {
    const start = new Date(startMs);
    yield { from: start, ...(end && { to: end }) };
    end = start;
    widthMs *= GROWTH;
    startMs -= widthMs;
  }
  yield { ...(from && { from }), ...(end && { to: end }) };
}
