import type { RawRecord } from '@libs/domain';

/** The key as text; undefined of a record without one. */
export function keyText({ key }: Pick<RawRecord, 'key'>): string | undefined {
  return key === null ? undefined : Buffer.from(key).toString('utf8');
}
