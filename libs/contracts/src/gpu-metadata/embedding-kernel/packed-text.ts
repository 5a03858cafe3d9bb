import { LIMITS } from '../limits';
import { kernel, kernelText, kernelValues, TEXT_AT, VECTOR_AT } from './embedding-kernel';

const BYTES_PER_VALUE = 4;
/** Four characters for three bytes. */
const MOST_CHARACTERS = Math.ceil((LIMITS.embeddingValues * BYTES_PER_VALUE) / 3) * 4;

/** As much as a body's piece, which a packed text keeps: a text that waits keeps its whole block. */
const BLOCK_BYTES = 64 * 1024;
let block = Buffer.alloc(0);
let blockUsed = 0;

/**
 * The text of a packed vector as bytes of the document it came in, which are never made a string, and what it decodes
 * to. No JSON and no MessagePack makes one, so that whoever meets one knows that the text is canonical.
 */
export class PackedText {
  constructor(
    /** The characters, in the memory of the document. */
    readonly characters: Buffer,
    /** Of what it decodes to. */
    readonly byteLength: number,
    /** The values in memory that the next vector is read into; a part of a value at the end is left out. */
    readonly vector: Float32Array,
    /** Index of the first value that is not finite; −1 where there is none. */
    readonly firstNotFinite: number,
  ) {}
}

/**
 * Decodes what `characters` are in padded base64 (RFC 4648 section 4).
 *
 * @returns undefined where an encoder does not write them so, and for more than the largest vector takes
 */
export function readPackedText(characters: Buffer): PackedText | undefined {
  const { length } = characters;
  if (length > MOST_CHARACTERS) return undefined;
  kernelText.set(characters);
  const byteLength = kernel.decodeBase64(TEXT_AT, TEXT_AT + length, VECTOR_AT);
  if (byteLength === -1) return undefined;
  const vector = kernelValues.subarray(0, Math.floor(byteLength / BYTES_PER_VALUE));
  return new PackedText(characters, byteLength, vector, kernel.firstNotFinite(VECTOR_AT, vector.length));
}

/** The characters of `vector` in padded base64, in memory of their own; it has as many values as there may be at most. */
export function packedCharacters(vector: Float32Array): Buffer {
  // Numbers of a body lie there already.
  const values = vector.buffer === kernelValues.buffer ? vector : copied(vector);
  const { byteOffset, byteLength } = values;
  const length = kernel.encodeBase64(byteOffset, byteOffset + byteLength, TEXT_AT);
  const characters = ownMemory(length);
  characters.set(kernelText.subarray(0, length));
  return characters;
}

/** Side by side in blocks: memory outside of the heap costs as much to ask for and give back for one text as for many. */
function ownMemory(length: number): Buffer {
  if (blockUsed + length > block.length) {
    block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    blockUsed = 0;
  }
  return block.subarray(blockUsed, (blockUsed += length));
}

function copied(vector: Float32Array): Float32Array {
  kernelValues.set(vector);
  return kernelValues.subarray(0, vector.length);
}
