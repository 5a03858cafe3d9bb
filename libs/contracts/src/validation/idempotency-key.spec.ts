import { createHash } from 'node:crypto';
import { InvalidMetadata, isEventId } from '@libs/domain';
import { readIdempotencyKey } from './idempotency-key';
import { Violations } from './violations';

const UUID = '0198f0c0-0000-7000-8000-000000000001';

function read(header: string, keyId: string | null = 'colab'): string | undefined {
  const violations = new Violations();
  const eventId = readIdempotencyKey({ header, keyId }, '/eventId', violations);
  violations.throwIfAny();
  return eventId;
}

function refusalOf(header: string): string | undefined {
  try {
    read(header);
  } catch (error) {
    if (error instanceof InvalidMetadata) return error.violations[0]?.message;
    throw error;
  }
  return undefined;
}

describe(readIdempotencyKey.name, () => {
  it('is the UUID that the header holds, whoever sends it', () => {
    expect([UUID.toUpperCase(), `"${UUID}"`].map((header) => read(header, null))).toEqual([UUID, UUID]);
  });

  it('is the UUID, version 8, of the SHA-256 over key id and text', () => {
    const digest = createHash('sha256').update('["colab","order-17/again"]').digest('hex');
    const eventId = read('order-17/again')!;
    expect(isEventId(eventId)).toBe(true);
    expect(eventId).toBe(
      [
        digest.slice(0, 8),
        digest.slice(8, 12),
        `8${digest.slice(13, 16)}`,
        ((parseInt(digest.slice(16, 18), 16) & 0x3f) | 0x80).toString(16) + digest.slice(18, 20),
        digest.slice(20, 32),
      ].join('-'),
    );
  });

  it('is the same for a text bare and quoted', () => {
    expect(read('"order-17"')).toBe(read('order-17'));
  });

  it.each<[string, [string, string | null], [string, string | null]]>([
    ['two keys', ['a', 'one'], ['a', 'two']],
    ['a key and none', ['a', 'null'], ['a', null]],
    ['what moves from the key id to the text', ['bc', 'a'], ['c', 'ab']],
    ['quotes that move from the key id to the text', ['b', 'a","'], ['","b', 'a']],
    ['upper case and lower case', ['A', 'one'], ['a', 'one']],
  ])('names different events for %s', (_, one, other) => {
    expect(read(...one)).not.toBe(read(...other));
  });

  it.each(['!', '~', '"', 'x'.repeat(255), `"${'x'.repeat(255)}"`, '00000000-0000-0000-0000-000000000000'])(
    'takes %s',
    (header) => {
      expect(isEventId(read(header)!)).toBe(true);
    },
  );

  it.each([
    ['', 'must be 1 to 255 visible ASCII characters (0x21 to 0x7E); got 0 characters'],
    ['""', 'must be 1 to 255 visible ASCII characters (0x21 to 0x7E); got 0 characters'],
    ['x'.repeat(256), 'must be 1 to 255 visible ASCII characters (0x21 to 0x7E); got 256 characters'],
    ['order\t17', 'must be 1 to 255 visible ASCII characters (0x21 to 0x7E)'],
    ['Bestellung-für-17', 'must be 1 to 255 visible ASCII characters (0x21 to 0x7E)'],
    ['order 17', 'must not hold a space'],
    ['"order 17"', 'must not hold a space'],
    [`${UUID}, ${UUID}`, 'must be sent once, and hold no space; it came twice, or holds a comma and a space'],
    ['"a", "b"', 'must be sent once, and hold no space; it came twice, or holds a comma and a space'],
  ])('refuses %j with the reason', (header, reason) => {
    expect(refusalOf(header)).toBe(`the Idempotency-Key header ${reason}`);
  });
});
