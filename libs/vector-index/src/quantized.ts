const MAX_CODE = 127;
const HALF_UP = MAX_CODE + 0.5;

/** The kernel's sums are int32; the rest of the range is room for the rounding of the query's codes. */
const MAX_SUM = 2.1e9;
const MAX_QUERY_CODE = 32_767;

/** A float32 that was rounded down would let a bound be too tight. */
const ROUND_UP = 1 + 1e-6;

/** What int8 codes leave of a vector z: z ≈ scale · codes. */
export interface Quantized {
  readonly scale: number;
  /** Length of z − scale · codes, or a little more. */
  readonly residual: number;
  /** Length of scale · codes, or a little more. */
  readonly reach: number;
}

/** Writes the codes of `vector`, each from −127 to 127. */
export function quantize(vector: Float64Array, codes: Int8Array): Quantized {
  const scale = largest(vector) / MAX_CODE;
  const perUnit = scale === 0 ? 0 : 1 / scale;
  let residual = 0;
  let reach = 0;
  for (let i = 0; i < vector.length; i++) {
    // Math.round takes longer than all the rest; which neighbour of a half is chosen does not matter.
    const code = ((vector[i]! * perUnit + HALF_UP) | 0) - MAX_CODE;
    codes[i] = code;
    const kept = scale * code;
    const lost = vector[i]! - kept;
    reach += kept * kept;
    residual += lost * lost;
  }
  return { scale, residual: Math.sqrt(residual) * ROUND_UP, reach: Math.sqrt(reach) * ROUND_UP };
}

/** A query w as int16 codes: w ≈ step · codes. */
export interface QuantizedQuery {
  readonly codes: Int16Array;
  readonly step: number;
  /** Length of w. */
  readonly length: number;
  /** Length of w − step · codes. */
  readonly rest: number;
}

/**
 * As fine as int16 and the int32 sums allow: by Cauchy and Schwarz no sum of products with int8 codes exceeds the
 * product of both lengths.
 */
export function quantizeQuery(query: Float64Array): QuantizedQuery {
  const length = Math.sqrt(query.reduce((sum, value) => sum + value * value, 0));
  const longestCodes = MAX_CODE * Math.sqrt(query.length);
  const step = Math.max(largest(query) / MAX_QUERY_CODE, (length * longestCodes) / MAX_SUM);
  const codes = Int16Array.from(query, (value) => (step === 0 ? 0 : Math.round(value / step)));
  const rest = query.reduce((sum, value, i) => sum + (value - step * codes[i]!) ** 2, 0);
  return { codes, step, length: length * ROUND_UP, rest: Math.sqrt(rest) * ROUND_UP };
}

function largest(vector: Float64Array): number {
  let max = 0;
  for (const value of vector) {
    const size = Math.abs(value);
    if (size > max) max = size;
  }
  return max;
}
