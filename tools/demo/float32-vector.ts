import { mongo } from 'mongoose';

const FLOAT32_BYTES = 4;
const PLAIN_SUBTYPE = 0;
const VECTOR_SUBTYPE = 9;
/** What BSON's vector subtype puts before its values: 0x27 for float32, then no padding bits. */
const VECTOR_HEADER = Buffer.from([0x27, 0x00]);

/** `embedding` of a submission, packed: dimension × 4 bytes, little-endian, as base64. */
export interface PackedEmbedding {
  readonly encoding: 'f32le-base64';
  readonly dimension: number;
  readonly data: string;
}

/** A stored vector and the form it was found in, in words. */
export interface StoredVector {
  readonly values: readonly number[];
  readonly form: string;
}

/** The packed form of float32 values; numbers between two of them go to the nearest. */
export function pack(values: readonly number[]): PackedEmbedding {
  const bytes = Buffer.alloc(values.length * FLOAT32_BYTES);
  values.forEach((value, index) => bytes.writeFloatLE(value, index * FLOAT32_BYTES));
  return { encoding: 'f32le-base64', dimension: values.length, data: bytes.toString('base64') };
}

/** The values of a packed embedding, exactly; throws RangeError when length and dimension disagree. */
export function unpack(embedding: PackedEmbedding): number[] {
  const bytes = Buffer.from(embedding.data, 'base64');
  if (bytes.length !== embedding.dimension * FLOAT32_BYTES) {
    throw new RangeError(`${bytes.length} bytes are not ${embedding.dimension} float32 values`);
  }
  return floats(bytes);
}

/**
 * The values of a stored `embedding`, in any of the three forms EMBEDDING_STORAGE knows.
 * Throws TypeError for anything else.
 */
export function decodeStored(embedding: unknown): StoredVector {
  if (Array.isArray(embedding) && embedding.every((value): value is number => typeof value === 'number')) {
    return { values: embedding, form: 'array of doubles' };
  }
  if (!(embedding instanceof mongo.Binary)) {
    throw new TypeError('neither BSON Binary nor an array of numbers');
  }
  const bytes = Buffer.from(embedding.value());
  if (embedding.sub_type === PLAIN_SUBTYPE) {
    return { values: floats(bytes), form: 'BSON Binary subtype 0, f32le' };
  }
  if (embedding.sub_type !== VECTOR_SUBTYPE || !bytes.subarray(0, 2).equals(VECTOR_HEADER)) {
    throw new TypeError(`BSON Binary subtype ${embedding.sub_type} that holds no float32 vector`);
  }
  return { values: floats(bytes.subarray(2)), form: 'BSON Binary subtype 9, float32 vector' };
}

/** What differs between two vectors, bit for bit (0 is not -0), in words; undefined when nothing does. */
export function difference(sent: readonly number[], stored: readonly number[]): string | undefined {
  if (sent.length !== stored.length) {
    return `${sent.length} values sent, ${stored.length} stored`;
  }
  const differing = sent.flatMap((value, index) => (Object.is(value, stored[index]) ? [] : [index]));
  const first = differing[0];
  if (first === undefined) return undefined;
  return `${differing.length} of ${sent.length} values differ, first [${first}]: sent ${sent[first]!}, stored ${stored[first]!}`;
}

function floats(bytes: Buffer): number[] {
  if (bytes.length % FLOAT32_BYTES !== 0) {
    throw new TypeError(`${bytes.length} bytes are no whole number of float32 values`);
  }
  return Array.from({ length: bytes.length / FLOAT32_BYTES }, (_, index) =>
    bytes.readFloatLE(index * FLOAT32_BYTES),
  );
}
