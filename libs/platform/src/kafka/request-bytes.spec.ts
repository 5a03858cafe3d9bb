import { RequestBytes } from './request-bytes';

const KIB = 1024;

describe(RequestBytes.name, () => {
  it('puts heads before its content, the last one first', () => {
    const bytes = new RequestBytes(3);
    bytes.buffer.write('abc');
    bytes.prepend(Buffer.from('2')).prepend(Buffer.from('1'));
    expect([bytes.buffer.toString(), bytes.size()]).toEqual(['12abc', 5]);
  });

  it('refuses a head that has no room instead of losing bytes of it', () => {
    expect(() => new RequestBytes(3).prepend(Buffer.alloc(KIB + 1))).toThrow(RangeError);
  });

  it('lends memory to one request at a time, and again after its release', () => {
    const first = new RequestBytes(100 * KIB);
    const memory = first.buffer.buffer;
    const second = new RequestBytes(100 * KIB);
    expect(second.buffer.buffer).not.toBe(memory);
    first.release();
    expect(first.buffer).toHaveLength(0);
    const third = new RequestBytes(90 * KIB);
    expect(third.buffer.buffer).toBe(memory);
    expect(third.buffer).toHaveLength(90 * KIB);
  });

  it('does not spend a large memory on a small request', () => {
    const large = new RequestBytes(4_000 * KIB);
    const memory = large.buffer.buffer;
    large.release();
    expect(new RequestBytes(KIB).buffer.buffer).not.toBe(memory);
    expect(new RequestBytes(3_000 * KIB).buffer.buffer).toBe(memory);
  });

  it('keeps no more than 8 MiB', () => {
    const many = Array.from({ length: 12 }, () => new RequestBytes(900 * KIB));
    const memories = new Set(many.map(({ buffer }) => buffer.buffer));
    for (const bytes of many) bytes.release();
    const later = Array.from({ length: 12 }, () => new RequestBytes(900 * KIB));
    expect(later.filter(({ buffer }) => memories.has(buffer.buffer)).length).toBeLessThanOrEqual(8);
  });
});
