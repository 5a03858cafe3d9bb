/** Numbers from 0 to 1, the same for the same seed. Source: Mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A vector of one of the kinds that are hard: all zeros, one value, near to all others, whole numbers, huge, tiny. */
export function randomVector(
  dimension: number,
  random: () => number,
  kind = Math.floor(random() * 7),
): Float32Array {
  const values = Float32Array.from({ length: dimension }, () => random() - 0.5);
  switch (kind) {
    case 0:
      return new Float32Array(dimension);
    case 2:
      return values.fill(0).fill(1, 0, 1);
    case 3:
      return values.map((value, i) => 10 + (i % 3) + value / 1_000);
    case 4:
      return values.map((value) => Math.round(value * 2));
    case 5:
      return values.map((value) => value * 2e38);
    case 6:
      return values.map((value) => value * 1e-36);
    default:
      return values;
  }
}
