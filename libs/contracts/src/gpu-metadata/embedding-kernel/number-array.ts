import { LIMITS } from '../limits';
import { kernel, kernelText, kernelValues, TEXT_AT, VECTOR_AT } from './embedding-kernel';

/** Numbers of an array as float32, and where in its bytes the text goes on behind its closing bracket. */
export interface ReadNumbers {
  readonly vector: Float32Array;
  readonly end: number;
}

const CLOSE_ARRAY = 0x5d;

/**
 * Reads the JSON array whose text begins in `bytes` at `start`, behind its opening bracket, bit for bit as Math.fround
 * of what JSON.parse reads. The vector lies in memory that the next vector is read into.
 *
 * JSON.parse is nearly all that a body with numbers costs: measured in docs/adr/0010.
 *
 * @returns undefined for whatever JSON.parse is to judge: an array that is empty, too long or not of numbers alone, and
 * numbers that overflow a float32, lie next to the middle between two or have more than 18 digits
 */
export function readNumberArray(bytes: Buffer, start: number): ReadNumbers | undefined {
  const length = bytes.indexOf(CLOSE_ARRAY, start) - start;
  if (length < 0 || length >= kernelText.length) return undefined;
  kernelText.set(bytes.subarray(start, start + length));
  const count = kernel.readNumbers(TEXT_AT, TEXT_AT + length, VECTOR_AT, LIMITS.embeddingValues);
  if (count === 0) return undefined;
  return { vector: kernelValues.subarray(0, count), end: start + length + 1 };
}
