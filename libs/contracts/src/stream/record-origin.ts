import { UnreadableRecord, type RawRecord, type StreamPosition } from '@libs/domain';

/** Headers of a replayed record: where it was first published. */
export const ORIGIN_HEADERS = {
  topic: 'origin-topic',
  partition: 'origin-partition',
  offset: 'origin-offset',
} as const;

/**
 * Where a replayed record was first published; undefined for a record that is no replay.
 *
 * @throws UnreadableRecord `missing_header` — some of the three headers are missing or broken
 */
export function readOrigin(record: RawRecord): StreamPosition | undefined {
  const topic = headerText(record, ORIGIN_HEADERS.topic);
  const partition = headerText(record, ORIGIN_HEADERS.partition);
  const offset = headerText(record, ORIGIN_HEADERS.offset);
  if (topic === undefined && partition === undefined && offset === undefined) return undefined;
  if (!topic || !/^\d{1,9}$/.test(partition ?? '') || !/^\d{1,18}$/.test(offset ?? '')) {
    throw new UnreadableRecord('missing_header', `needs all of ${Object.values(ORIGIN_HEADERS).join(', ')}`);
  }
  return { topic, partition: Number(partition), offset: BigInt(offset!) };
}

/** A header that is there once, as text. */
export function headerText(record: RawRecord, name: string): string | undefined {
  const value = record.headers[name];
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : undefined;
}
