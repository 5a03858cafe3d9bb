import { LIMITS } from '../limits';
import { EMBEDDING_KERNEL } from './kernel-bytes';

/** What assembly/kernel.ts exports; all places are addresses in `memory`. */
interface Kernel {
  readonly readNumbers: (textAt: number, textEnd: number, vectorAt: number, most: number) => number;
  readonly decodeBase64: (textAt: number, textEnd: number, bytesAt: number) => number;
  readonly encodeBase64: (bytesAt: number, bytesEnd: number, textAt: number) => number;
  readonly firstNotFinite: (vectorAt: number, count: number) => number;
}

const PAGE_BYTES = 65_536;
const PAGES = 6;
const BYTES_PER_VALUE = 4;
/** The kernel works in blocks of up to 64 bytes: so many values and characters may be read and written too many. */
const BLOCK = 64;

// The first page is the kernel's own, for its tables.
export const VECTOR_AT = PAGE_BYTES;
export const TEXT_AT = VECTOR_AT + (LIMITS.embeddingValues + BLOCK) * BYTES_PER_VALUE;

const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });

/**
 * Where the kernel finds and leaves text: 35 characters for each of the most numbers there may be, nearly seven times
 * what the largest packed vector takes.
 */
export const kernelText = new Uint8Array(memory.buffer, TEXT_AT, PAGES * PAGE_BYTES - TEXT_AT - BLOCK);
/** Where it finds and leaves the values of a vector: the largest one there may be. */
export const kernelValues = new Float32Array(memory.buffer, VECTOR_AT, LIMITS.embeddingValues);

/** WebAssembly, compiled from assembly/ by `npm run kernel`: docs/adr/0010 has what it was measured to save. */
export const kernel = instantiate();

function instantiate(): Kernel {
  const module = new WebAssembly.Module(Uint8Array.from(Buffer.from(EMBEDDING_KERNEL, 'base64')));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return exports as unknown as Kernel;
}
