import { dotKernel } from './dot-kernel/dot-kernel';

/** Bytes of a page: WebAssembly's. */
export const PAGE_BYTES = 65_536;

const MAX_PAGES = 65_536;
const QUERY_AT = 0;

/**
 * Pages for int8 codes with their figures, and the multiplication over the codes. What was freed is used again; it
 * never goes back to the system, so the memory is as large as it was at its fullest. The first page holds the query and
 * the sums.
 */
export class CodeMemory {
  private readonly memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES });
  private readonly kernel = dotKernel(this.memory);
  private readonly free: number[] = [];
  private pages = 1;

  /** Memory that is taken, for free pages too. */
  get bytes(): number {
    return this.pages * PAGE_BYTES;
  }

  get freeBytes(): number {
    return this.free.length * PAGE_BYTES;
  }

  /** By how much the next page adds to the memory that is taken. */
  get bytesOfNext(): number {
    return this.free.length > 0 ? 0 : PAGE_BYTES;
  }

  /** The address of a page, or undefined when WebAssembly or the system has no more. */
  allocate(): number | undefined {
    const page = this.free.pop();
    if (page !== undefined) return page;
    try {
      this.memory.grow(1);
    } catch {
      return undefined;
    }
    return this.pages++ * PAGE_BYTES;
  }

  release(page: number): void {
    this.free.push(page);
  }

  /** `length` codes at an address; not to be kept, because a growing memory leaves it behind. */
  codes(at: number, length: number): Int8Array {
    return new Int8Array(this.memory.buffer, at, length);
  }

  /** `length` figures at an address, which is a multiple of eight; not to be kept either. */
  figures(at: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, at, length);
  }

  /** Keeps the query that `sums` multiplies with, filled up with zeros to the stride. */
  setQuery(query: Int16Array, stride: number): void {
    const codes = new Int16Array(this.memory.buffer, QUERY_AT, stride);
    codes.fill(0);
    codes.set(query);
  }

  /** For each of `rows` rows of a page its product with the query; valid until the next call. */
  sums(codesAt: number, rows: number, stride: number): Int32Array {
    this.kernel.multiply(codesAt, codesAt + rows * stride, stride, QUERY_AT);
    return new Int32Array(this.memory.buffer, QUERY_AT + 2 * stride, rows);
  }
}
