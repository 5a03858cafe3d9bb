import type { RawRecord } from '@libs/domain';
import type { EncodedRecord } from '../gpu-metadata/encode-record';

/** A record as a consumer receives it; `undefined` leaves a header out. */
export function rawRecord(
  { key, value, headers }: Omit<EncodedRecord, 'key'> & { readonly key: Buffer | null },
  changes: { headers?: Record<string, string | undefined> } & Partial<Omit<RawRecord, 'headers'>> = {},
): RawRecord {
  const texts = Object.entries({ ...headers, ...changes.headers });
  const present = texts.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    position: { topic: 'gpu-metadata', partition: 3, offset: 42n },
    timestamp: new Date('2026-11-21T05:40:00.123Z'),
    key,
    value,
    ...changes,
    headers: Object.fromEntries(present.map(([name, text]) => [name, Buffer.from(text)])),
  };
}
