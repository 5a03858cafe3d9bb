import { difference, pack, unpack } from './float32-vector';

const VALUES = [0, -0, 1.5, -2.25, Math.fround(0.1), 1.401298464324817e-45, 3.4028234663852886e38];

describe('pack and unpack', () => {
  it('gives back every float32 value bit for bit', () => {
    expect(difference(VALUES, unpack(pack(VALUES)))).toBeUndefined();
  });

  it('writes little-endian float32 as base64, with the number of values', () => {
    expect(pack([1, -2])).toEqual({ encoding: 'f32le-base64', dimension: 2, data: 'AACAPwAAAMA=' });
  });

  it('refuses a packed embedding whose bytes are not those of its dimension', () => {
    expect(() => unpack({ ...pack([1, 2]), dimension: 3 })).toThrow('8 bytes are not 3 float32 values');
  });
});

describe(difference.name, () => {
  it('finds none between equal vectors', () => {
    expect(difference(VALUES, [...VALUES])).toBeUndefined();
  });

  it('names the first value that differs and how many do', () => {
    expect(difference([1, 2, 3], [1, 2.5, 4])).toBe('2 of 3 values differ, first [1]: sent 2, stored 2.5');
  });

  it('tells zero from minus zero', () => {
    expect(difference([-0], [0])).toContain('1 of 1 values differ');
  });

  it('tells a double that was never rounded to float32 from the float32 sent', () => {
    expect(difference([Math.fround(0.1)], [0.1])).toContain('1 of 1 values differ');
  });

  it('names unequal dimensions', () => {
    expect(difference([1, 2], [1])).toBe('2 values sent, 1 stored');
  });
});
