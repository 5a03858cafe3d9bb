/** One buffer that doubles: a list of pieces would cost 200 times the body where each chunk holds one byte. */
export class GrowingBuffer {
  private buffer: Buffer = Buffer.alloc(0);
  private filled = 0;

  /** `maxBytes`: it never holds room for more. */
  constructor(private readonly maxBytes: number) {}

  get length(): number {
    return this.filled;
  }

  /** What it takes in memory. */
  get capacity(): number {
    return this.buffer.length;
  }

  get bytes(): Buffer {
    return this.buffer.subarray(0, this.filled);
  }

  /** The first piece is kept, not copied. The caller has seen to it that no more than `maxBytes` come. */
  append(piece: Buffer): void {
    const length = this.filled + piece.length;
    if (this.filled === 0) {
      this.buffer = piece;
    } else {
      if (length > this.buffer.length) this.grow(length);
      piece.copy(this.buffer, this.filled);
    }
    this.filled = length;
  }

  private grow(minimum: number): void {
    const doubled = Math.min(this.buffer.length * 2, this.maxBytes);
    const larger = Buffer.allocUnsafeSlow(Math.max(minimum, doubled));
    this.buffer.copy(larger, 0, 0, this.filled);
    this.buffer = larger;
  }
}
