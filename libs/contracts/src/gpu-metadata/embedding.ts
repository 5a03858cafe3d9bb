import { PACKED_ENCODING, type PackedEmbedding } from '@libs/domain';
import { shapeOf, childPointer, isJsonObject, type Report } from '../validation/violations';
import { wrongType } from '../validation/rules';
import { packedCharacters, PackedText, readPackedText } from './embedding-kernel/packed-text';
import { LIMITS } from './limits';

const BYTES_PER_VALUE = 4;

/** Where numbers are rounded; nothing is needed of them once the next vector is read. */
const PASSING_VALUES = new Float32Array(LIMITS.embeddingValues);

/** The packed form as JSON has it. */
export interface PackedJson extends Omit<PackedEmbedding, 'data'> {
  readonly data: string;
}

/**
 * Reads each form of an embedding, reporting each fault: numbers, which are rounded to the nearest float32 unless
 * parseEmbeddingDocument has done so, the packed form, or little-endian float32 values as MessagePack's binary data.
 * Undefined when there was a fault.
 */
export function readEmbedding(value: unknown, pointer: string, report: Report): Float32Array | undefined {
  return readPassing(value, pointer, report)?.slice();
}

/** The same, checked as strictly, in packed form: the text that came where it came packed. */
export function readPackedEmbedding(
  value: unknown,
  pointer: string,
  report: Report,
): PackedEmbedding | undefined {
  const vector = readPassing(value, pointer, report);
  if (!vector) return undefined;
  if (!isPacked(value)) return packEmbedding(vector);
  return { encoding: PACKED_ENCODING, dimension: vector.length, data: charactersOf(value.data) };
}

/** The packed form of `vector`, which has as many values as there may be at most. */
export function packEmbedding(vector: Float32Array): PackedEmbedding {
  return { encoding: PACKED_ENCODING, dimension: vector.length, data: packedCharacters(vector) };
}

/** The packed form of `vector` for JSON. */
export function packedJson(vector: Float32Array): PackedJson {
  const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
  return { encoding: PACKED_ENCODING, dimension: vector.length, data: bytes.toString('base64') };
}

/** The vector, which may lie in memory that the next one writes. */
function readPassing(value: unknown, pointer: string, report: Report): Float32Array | undefined {
  if (value === undefined) {
    report(pointer, 'required', 'is missing');
    return undefined;
  }
  if (value instanceof Float32Array) return value;
  if (Array.isArray(value)) return readNumbers(value, pointer, report);
  if (isPacked(value)) return readPacked(value, pointer, report);
  if (value instanceof Uint8Array) return readBinary(value, pointer, report);
  report(pointer, 'wrong_type', `must be an array of numbers or a packed embedding; got ${shapeOf(value)}`);
  return undefined;
}

function isPacked(value: unknown): value is Record<string, unknown> {
  return isJsonObject(value) && !(value instanceof Float32Array);
}

function readNumbers(values: readonly unknown[], pointer: string, report: Report): Float32Array | undefined {
  let sound = checkCount(values.length, pointer, report);
  const vector = PASSING_VALUES.subarray(0, values.length);
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
  const decoded = decodeText(packed.data, `${pointer}/data`, fault);
  if (decoded === undefined) return undefined;
  const { byteLength, vector, firstNotFinite: at } = decoded;
  if (dimension !== undefined && byteLength !== dimension * BYTES_PER_VALUE) {
    const expected = `must hold ${dimension * BYTES_PER_VALUE} bytes, 4 for each of ${dimension} values`;
    fault(`${pointer}/data`, 'dimension_mismatch', `${expected}; got ${byteLength}`);
  }
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
  const vector = valuesIn(bytes);
  for (let i = 0; i < vector.length; i++) {
    if (Number.isFinite(vector[i])) continue;
    report(childPointer(pointer, i), 'not_finite', 'must be a finite float32');
    sound = false;
  }
  return sound ? vector : undefined;
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

/** What the text decodes to, whatever its length: parseEmbeddingDocument, JSON.parse or MessagePack has read it. */
function decodeText(
  value: unknown,
  pointer: string,
  report: Report,
): Omit<PackedText, 'characters'> | undefined {
  if (value instanceof PackedText) return value;
  if (typeof value !== 'string') {
    if (value === undefined) report(pointer, 'required', 'is missing');
    else report(pointer, 'wrong_type', wrongType('a string', value).message);
    return undefined;
  }
  const packed = readPackedText(Buffer.from(value));
  if (packed) return packed;
  // It is no canonical base64, or longer than any vector.
  const bytes = Buffer.from(value, 'base64');
  // Node skips what is not base64 and accepts what is not canonical; only the round trip tells.
  if (bytes.toString('base64') !== value) {
    report(pointer, 'invalid_format', `must be padded base64 (RFC 4648 section 4); got ${shapeOf(value)}`);
    return undefined;
  }
  const vector = valuesIn(bytes);
  const firstNotFinite = vector.findIndex((one) => !Number.isFinite(one));
  return { byteLength: bytes.length, vector, firstNotFinite };
}

/** Copied, for float32 needs aligned memory; a part of a value at the end is left out. */
function valuesIn(bytes: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer, 0, Math.floor(bytes.length / BYTES_PER_VALUE));
}

/** The characters of a text that was found to be sound. */
function charactersOf(text: unknown): Uint8Array {
  return text instanceof PackedText ? text.characters : Buffer.from(text as string, 'latin1');
}
