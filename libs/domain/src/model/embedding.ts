/** Euclidean norm of `vector`, accumulated in double precision. */
export function euclideanNorm(vector: Float32Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return Math.sqrt(sum);
}
