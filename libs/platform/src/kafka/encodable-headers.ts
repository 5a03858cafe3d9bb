import type { RawRecord } from '@libs/domain';

/** Headers as kafkajs can write them: it reads a header without a value as null and throws when it is to write it. */
export function encodableHeaders(headers: RawRecord['headers']): Record<string, Buffer | Buffer[]> {
  const bytesOf = (value: unknown): Buffer => (value as Buffer | null) ?? Buffer.alloc(0);
  const entries = Object.entries<unknown>(headers);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.map(bytesOf) : bytesOf(value)]),
  );
}
