import { LIMITS } from '../limits';
import { NUMBER_KERNEL } from './number-kernel-bytes';

/** Numbers of an array as float32, and where in its bytes the text goes on behind its closing bracket. */
export interface ReadNumbers {
  readonly vector: Float32Array;
  readonly end: number;
}

type Kernel = (...arguments_: [textAt: number, textEnd: number, vectorAt: number, most: number]) => number;

const CLOSE_ARRAY = 0x5d;
const PAGE_BYTES = 65_536;
const PAGES = 6;
const BYTES_PER_VALUE = 4;
/** The kernel works in blocks of 64 bytes: so many values may be written too many, so many bytes read past the text. */
const BLOCK = 64;

// The first page is the kernel's own, for its tables.
const VECTOR_AT = PAGE_BYTES;
const TEXT_AT = VECTOR_AT + (LIMITS.embeddingValues + BLOCK) * BYTES_PER_VALUE;
/** 35 characters for each of the most numbers there may be. */
const TEXT_BYTES = PAGES * PAGE_BYTES - TEXT_AT - BLOCK;

const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
const text = new Uint8Array(memory.buffer, TEXT_AT, TEXT_BYTES);
const kernel = instantiate();

/**
 * Reads the JSON array whose text begins in `bytes` at `start`, behind its opening bracket, bit for bit as Math.fround
 * of what JSON.parse reads. The vector lies in memory that the next call writes.
 *
 * It is WebAssembly, compiled from assembly/, for JSON.parse is nearly all that a body with numbers costs: measured in
 * docs/adr/0010.
 *
 * @returns undefined for whatever JSON.parse is to judge: an array that is empty, too long or not of numbers alone, and
 * numbers that overflow a float32, lie next to the middle between two or have more than 18 digits
 */
export function readNumberArray(bytes: Buffer, start: number): ReadNumbers | undefined {
  const length = bytes.indexOf(CLOSE_ARRAY, start) - start;
  if (length < 0 || length >= TEXT_BYTES) return undefined;
  text.set(bytes.subarray(start, start + length));
  const count = kernel(TEXT_AT, TEXT_AT + length, VECTOR_AT, LIMITS.embeddingValues);
  if (count === 0) return undefined;
  return { vector: new Float32Array(memory.buffer, VECTOR_AT, count), end: start + length + 1 };
}

function instantiate(): Kernel {
  const module = new WebAssembly.Module(Uint8Array.from(Buffer.from(NUMBER_KERNEL, 'base64')));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return exports.readNumbers as Kernel;
}
