import { euclideanNorm } from './embedding';

describe(euclideanNorm.name, () => {
  it('is the length of the vector', () => {
    expect(euclideanNorm(Float32Array.of(3, -4))).toBe(5);
  });

  it('is 0 for a zero vector', () => {
    expect(euclideanNorm(new Float32Array(8))).toBe(0);
  });

  it('stays finite where the squares overflow float32', () => {
    const largest = 3.4028234663852886e38;
    expect(euclideanNorm(Float32Array.of(largest, largest))).toBeCloseTo(largest * Math.SQRT2, -30);
  });

  it('stays above 0 where the squares vanish in float32', () => {
    expect(euclideanNorm(Float32Array.of(2 ** -149))).toBe(2 ** -149);
  });
});
