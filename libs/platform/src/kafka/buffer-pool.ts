const LEAST_STEP_BYTES = 256;
/** Block sizes between one power of two and the next: a block is at most a quarter larger than what it is for. */
const STEPS_PER_DOUBLING = 4;

/**
 * Memory that is used again instead of being left to the garbage collector: V8 collects its whole heap each time
 * buffers outside of it have grown by 64 MiB, which a few thousand records do.
 */
export class BufferPool {
  private readonly kept = new Map<number, ArrayBuffer[]>();
  private keptBytes = 0;
  private readonly own = new WeakSet<ArrayBufferLike>();

  /** @param maxBytes what is kept at most for later use */
  constructor(private readonly maxBytes: number) {}

  /** So many bytes of any content. */
  acquire(bytes: number): Buffer<ArrayBuffer> {
    const size = blockSize(bytes);
    const kept = this.kept.get(size)?.pop();
    if (kept) this.keptBytes -= size;
    return Buffer.from(kept ?? this.make(size), 0, bytes);
  }

  /** For the buffer as `acquire` gave it, once nobody reads or writes it any more, and never twice; ignores any other. */
  release({ buffer }: Buffer): void {
    if (!this.own.has(buffer)) return;
    // What is kept may be of sizes that nobody needs any more.
    if (this.keptBytes + buffer.byteLength > this.maxBytes) this.forget();
    if (buffer.byteLength > this.maxBytes) return;
    const same = this.kept.get(buffer.byteLength);
    if (same) same.push(buffer as ArrayBuffer);
    else this.kept.set(buffer.byteLength, [buffer as ArrayBuffer]);
    this.keptBytes += buffer.byteLength;
  }

  private make(size: number): ArrayBuffer {
    const { buffer } = Buffer.allocUnsafeSlow(size);
    this.own.add(buffer);
    return buffer;
  }

  private forget(): void {
    this.kept.clear();
    this.keptBytes = 0;
  }
}

function blockSize(bytes: number): number {
  const step = Math.max(LEAST_STEP_BYTES, 2 ** Math.floor(Math.log2(bytes)) / STEPS_PER_DOUBLING);
  return Math.max(1, Math.ceil(bytes / step)) * step;
}
