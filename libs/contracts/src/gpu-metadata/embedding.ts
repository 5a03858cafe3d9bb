import { PACKED_ENCODING, type PackedEmbedding } from '@libs/domain';
import { shapeOf, childPointer, isJsonObject, type Report } from '../validation/violations';
import { wrongType } from '../validation/rules';
import { LIMITS } from './limits';

const BYTES_PER_VALUE = 4;
/** All of these bits are set in infinities and NaNs alone (IEEE 754). */
const EXPONENT = 0x7f800000;

/** Where a vector is decoded: at least so many bytes, aligned for float32. */
type VectorMemory = (bytes: number) => Buffer;

const OWN_MEMORY: VectorMemory = (bytes) => Buffer.allocUnsafeSlow(bytes);
const PASSING_BYTES = Buffer.allocUnsafeSlow(LIMITS.embeddingValues * BYTES_PER_VALUE);
/** For a vector of which nothing is needed once the next one is read. */
const PASSING_MEMORY: VectorMemory = (bytes) =>
  bytes <= PASSING_BYTES.length ? PASSING_BYTES : OWN_MEMORY(bytes);

/**
 * Reads each form of an embedding, reporting each fault: numbers, which are rounded to the nearest float32, the
 * packed form, or little-endian float32 values as MessagePack's binary data.
 * Undefined when there was a fault.
 */
export function readEmbedding(
  value: unknown,
  pointer: string,
  report: Report,
  memory = OWN_MEMORY,
): Float32Array | undefined {
  if (value === undefined) {
    report(pointer, 'required', 'is missing');
    return undefined;
  }
  if (Array.isArray(value)) return readNumbers(value, memory, pointer, report);
  if (isJsonObject(value)) return readPacked(value, memory, pointer, report);
  if (value instanceof Uint8Array) return readBinary(value, pointer, report);
  report(pointer, 'wrong_type', `must be an array of numbers or a packed embedding; got ${shapeOf(value)}`);
  return undefined;
}

/** The same, checked as strictly, in packed form: the text that came where it came packed. */
export function readPackedEmbedding(
  value: unknown,
  pointer: string,
  report: Report,
): PackedEmbedding | undefined {
  const vector = readEmbedding(value, pointer, report, PASSING_MEMORY);
  if (!vector) return undefined;
  if (!isJsonObject(value)) return packEmbedding(vector);
  return { encoding: PACKED_ENCODING, dimension: vector.length, data: value.data as string };
}

/** The packed form of `vector`. */
export function packEmbedding(vector: Float32Array): PackedEmbedding {
  const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
  return { encoding: PACKED_ENCODING, dimension: vector.length, data: bytes.toString('base64') };
}

function readNumbers(
  values: readonly unknown[],
  memory: VectorMemory,
  pointer: string,
  report: Report,
): Float32Array | undefined {
  const max = LIMITS.embeddingValues;
  let sound = checkCount(values.length, pointer, report);
  const length = Math.min(values.length, max);
  const vector = new Float32Array(memory(length * BYTES_PER_VALUE).buffer, 0, length);
  for (let i = 0; i < vector.length; i++) {
    const value = values[i];
    if (typeof value !== 'number') {
      report(childPointer(pointer, i), 'wrong_type', wrongType('a number', value).message);
      sound = false;
      continue;
    }
    vector[i] = value;
    if (!Number.isFinite(vector[i])) {
      report(childPointer(pointer, i), 'not_finite', 'must be a finite float32; the number overflows it');
      sound = false;
    }
  }
  return sound ? vector : undefined;
}

function readPacked(
  packed: Record<string, unknown>,
  memory: VectorMemory,
  pointer: string,
  report: Report,
): Float32Array | undefined {
  let faults = 0;
  const fault: Report = (at, code, message) => {
    faults += 1;
    report(at, code, message);
  };
  for (const key of Object.keys(packed)) {
    if (key === 'encoding' || key === 'dimension' || key === 'data') continue;
    fault(childPointer(pointer, key), 'unknown_field', 'is not a field of a packed embedding');
  }
  checkEncoding(packed.encoding, `${pointer}/encoding`, fault);
  const dimension = checkDimension(packed.dimension, `${pointer}/dimension`, fault);
  const bytes = decodeBase64(packed.data, memory, `${pointer}/data`, fault);
  if (bytes === undefined) return undefined;
  if (dimension !== undefined && bytes.length !== dimension * BYTES_PER_VALUE) {
    const expected = `must hold ${dimension * BYTES_PER_VALUE} bytes, 4 for each of ${dimension} values`;
    fault(`${pointer}/data`, 'dimension_mismatch', `${expected}; got ${bytes.length}`);
  }
  const vector = new Float32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / BYTES_PER_VALUE));
  const at = firstNotFinite(vector);
  if (at !== -1)
    fault(`${pointer}/data`, 'not_finite', `must hold finite float32 values; value ${at} is not`);
  return faults === 0 ? vector : undefined;
}

function readBinary(bytes: Uint8Array, pointer: string, report: Report): Float32Array | undefined {
  if (bytes.length % BYTES_PER_VALUE !== 0) {
    report(pointer, 'dimension_mismatch', `must hold 4 bytes for each value; got ${bytes.length}`);
    return undefined;
  }
  let sound = checkCount(bytes.length / BYTES_PER_VALUE, pointer, report);
  if (!sound) return undefined;
  const vector = new Float32Array(Uint8Array.from(bytes).buffer);
  for (let i = 0; i < vector.length; i++) {
    if (Number.isFinite(vector[i])) continue;
    report(childPointer(pointer, i), 'not_finite', 'must be a finite float32');
    sound = false;
  }
  return sound ? vector : undefined;
}

/** Index of the first value that is not finite; −1 where there is none. */
function firstNotFinite({ buffer, byteOffset, length }: Float32Array): number {
  // Bits, for until this is optimized each value that is read as a number becomes an object.
  const bits = new Int32Array(buffer, byteOffset, length);
  for (let i = 0; i < length; i++) if ((bits[i]! & EXPONENT) === EXPONENT) return i;
  return -1;
}

function checkCount(count: number, pointer: string, report: Report): boolean {
  if (count >= 1 && count <= LIMITS.embeddingValues) return true;
  report(pointer, 'out_of_range', `must be 1 to ${LIMITS.embeddingValues} values; got ${count}`);
  return false;
}

function checkEncoding(value: unknown, pointer: string, report: Report): void {
  if (value === PACKED_ENCODING) return;
  if (value === undefined) report(pointer, 'required', 'is missing');
  else if (typeof value !== 'string') report(pointer, 'wrong_type', wrongType('a string', value).message);
  else report(pointer, 'invalid_value', `must be ${PACKED_ENCODING}; got ${shapeOf(value)}`);
}

function checkDimension(value: unknown, pointer: string, report: Report): number | undefined {
  if (typeof value === 'number' && Number.isInteger(value)) {
    return checkCount(value, pointer, report) ? value : undefined;
  }
  if (value === undefined) report(pointer, 'required', 'is missing');
  else report(pointer, 'wrong_type', wrongType('an integer', value).message);
  return undefined;
}

function decodeBase64(
  value: unknown,
  memory: VectorMemory,
  pointer: string,
  report: Report,
): Buffer | undefined {
  if (typeof value !== 'string') {
    if (value === undefined) report(pointer, 'required', 'is missing');
    else report(pointer, 'wrong_type', wrongType('a string', value).message);
    return undefined;
  }
  const decoded = decodeCanonical(value, memory);
  if (!decoded) {
    report(pointer, 'invalid_format', `must be padded base64 (RFC 4648 section 4); got ${shapeOf(value)}`);
  }
  return decoded;
}

/** Whether `text` is padded base64 as an encoder writes it. */
export function isCanonicalBase64(text: string): boolean {
  return decodeCanonical(text, PASSING_MEMORY) !== undefined;
}

/**
 * Undefined where `text` is not what the bytes are in base64. Node skips what is not base64, so that bytes are missing
 * then; it takes the URL alphabet and bits past the end, so that both are looked for.
 */
function decodeCanonical(text: string, memory: VectorMemory): Buffer | undefined {
  const padding = text.endsWith('==') ? 2 : Number(text.endsWith('='));
  const length = (text.length / 4) * 3 - padding;
  if (text.length % 4 !== 0 || text.includes('-') || text.includes('_')) return undefined;
  const bytes = memory(length + padding);
  const decoded = bytes.subarray(0, bytes.write(text, 'base64'));
  if (decoded.length !== length) return undefined;
  const lastFour = decoded.toString('base64', Math.max(0, length - 3 + padding));
  return lastFour === text.slice(-4) ? decoded : undefined;
}
