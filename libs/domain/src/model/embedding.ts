export const PACKED_ENCODING = 'f32le-base64';

/**
 * An embedding as it travels: little-endian float32 values in canonical base64 (RFC 4648 section 4, padded). The text is
 * held as its ASCII bytes, since nobody reads it between the body that it came in and the record that it is written to.
 */
export interface PackedEmbedding {
  readonly encoding: typeof PACKED_ENCODING;
  readonly dimension: number;
  readonly data: Uint8Array;
}

/** Euclidean norm of `vector`, accumulated in double precision. */
export function euclideanNorm(vector: Float32Array): number {
  let sum = 0;
  const { length } = vector;
  // An index, because the iterator costs eight times as much.
  for (let i = 0; i < length; i++) sum += vector[i]! * vector[i]!;
  return Math.sqrt(sum);
}

/**
 * Cosine of the angle between two vectors of one dimension, accumulated in double precision; undefined where either
 * has no direction.
 */
export function cosineSimilarity(a: Float32Array, b: Float32Array): number | undefined {
  let [product, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!;
    const y = b[i]!;
    product += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  if (squareA === 0 || squareB === 0) return undefined;
  // One root, so that a vector is exactly as near as can be to itself; rounding can end a little outside.
  return Math.max(-1, Math.min(1, product / Math.sqrt(squareA * squareB)));
}
