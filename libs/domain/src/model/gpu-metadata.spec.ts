import { isEventId, newEventId } from './gpu-metadata';

const AT = new Date('2026-11-21T05:39:39.123Z');

describe(newEventId.name, () => {
  it('sets the version and variant bits of a UUIDv7', () => {
    for (let i = 0; i < 200; i++) {
      expect(newEventId(AT)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  it.each([0, 1, 2 ** 32 - 1, 2 ** 32, AT.getTime(), Date.UTC(9999, 11, 31)])(
    'begins with the time in milliseconds: %d',
    (milliseconds) => {
      const prefix = newEventId(new Date(milliseconds)).replace('-', '').slice(0, 12);
      expect(parseInt(prefix, 16)).toBe(milliseconds);
    },
  );

  it('sorts by time', () => {
    expect(newEventId(AT) < newEventId(new Date(AT.getTime() + 1))).toBe(true);
  });

  it('differs within a millisecond', () => {
    const ids = Array.from({ length: 10_000 }, () => newEventId(AT));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is itself an event id', () => {
    expect(isEventId(newEventId(AT))).toBe(true);
  });
});

describe(isEventId.name, () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('takes version %d, in either case', (version) => {
    const id = `0198f0c0-abcd-${version}000-b000-000000000001`;
    expect([isEventId(id), isEventId(id.toUpperCase())]).toEqual([true, true]);
  });

  it.each([
    ['version 0', '0198f0c0-0000-0000-8000-000000000001'],
    ['version 9', '0198f0c0-0000-9000-8000-000000000001'],
    ['another variant', '0198f0c0-0000-7000-c000-000000000001'],
    ['the nil UUID', '00000000-0000-0000-0000-000000000000'],
    ['the max UUID', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
    ['a UUID without hyphens', '0198f0c0000070008000000000000001'],
    ['a UUID in braces', '{0198f0c0-0000-7000-8000-000000000001}'],
    ['a UUID with a line break', '0198f0c0-0000-7000-8000-000000000001\n'],
    ['an empty text', ''],
  ])('refuses %s', (_, text) => {
    expect(isEventId(text)).toBe(false);
  });
});
