import type { RawRecord } from '@libs/domain';

/** kafkajs hands out slices of the broker's whole answer: one small record would keep all of it in memory. */
export function copyOf({ key, value, headers, ...rest }: RawRecord): RawRecord {
  const copied = Object.entries<unknown>(headers).map(([name, header]) => [
    name,
    Array.isArray(header) ? header.map(copyOfBytes) : copyOfBytes(header),
  ]);
  return {
    ...rest,
    key: copyOfBytes(key),
    value: copyOfBytes(value),
    headers: Object.fromEntries(copied) as RawRecord['headers'],
  };
}

function copyOfBytes(bytes: unknown): Buffer | null {
  return bytes instanceof Uint8Array ? Buffer.from(bytes) : null;
}
