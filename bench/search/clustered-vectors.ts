const NORMALS = 65_536;

/**
 * Vectors as a convolutional network's last pooled layer gives them: none below zero, many small values and a few large
 * ones, crowded around the centres of classes. The same seed gives the same vectors. Cosines between members of a class
 * are around 0.75, between strangers around 0.4.
 */
export function clusteredVectors(seed: number, dimension: number, classes: number): () => Float32Array {
  let state = seed;
  const uniform = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const upTo = (count: number): number => Math.floor(uniform() * count);
  const normals = Float32Array.from(
    { length: NORMALS },
    () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
  const normal = (): number => normals[upTo(NORMALS)]!;
  const scales = Float32Array.from({ length: dimension }, () => Math.exp(0.6 * normal()));
  const centres = Array.from({ length: classes }, () => scales.map((scale) => scale * normal() ** 2));
  return () => {
    const centre = centres[upTo(classes)]!;
    // Steps through the table of normal numbers: drawing each anew takes longer than the database does.
    let at = upTo(NORMALS);
    const step = 2 * upTo(NORMALS / 2) + 1;
    return centre.map((value, i) => {
      at = (at + step) % NORMALS;
      const first = normals[at]!;
      const second = normals[(at * 7 + i * 13) % NORMALS]!;
      const own = 0.25 * scales[i]! * (second * second + 0.6 * first);
      return Math.max(0, 0.45 * (0.4 * value * (1 + 0.5 * first) + own));
    });
  };
}
