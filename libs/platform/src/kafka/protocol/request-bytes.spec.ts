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
    const third = new RequestBytes(100 * KIB);
    expect(third.buffer.buffer === memory).toBe(true);
  });
});
