import { mongo } from 'mongoose';
import { floats } from '../vectors/float32-vector';

const PLAIN_SUBTYPE = 0;
const VECTOR_SUBTYPE = 9;
/** What BSON's vector subtype puts before its values: 0x27 for float32, then no padding bits. */
const VECTOR_HEADER = Buffer.from([0x27, 0x00]);

/** A stored vector and the form it was found in, in words. */
export interface StoredVector {
  readonly values: readonly number[];
  readonly form: string;
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
