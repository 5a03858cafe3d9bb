/** Larger pieces are kept as they are: what a Buffer costs besides is a few percent of them. */
const MIN_KEPT_BYTES = 4_096;
const BLOCK_BYTES = 16_384;

/**
 * The bytes of one body as they come. Large pieces are held without a copy, small ones are copied side by side: kept as
 * they are, a body of one-byte chunks would cost 200 times its length. Nothing is copied to grow, so nothing waits for
 * the garbage collector while a body is unfinished.
 */
export class ByteAccumulator {
  private readonly pieces: Buffer[] = [];
  private heldBytes = 0;
  /** Where small pieces are copied to; its first `used` bytes are not among the pieces yet. */
  private block: Buffer = Buffer.alloc(0);
  private used = 0;

  get length(): number {
    return this.heldBytes + this.used;
  }

  /** What it takes in memory. */
  get capacity(): number {
    return this.heldBytes + this.block.length;
  }

  /** All of them in one piece. */
  get bytes(): Buffer {
    this.closeBlock();
    const [only] = this.pieces;
    return this.pieces.length === 1 ? only! : Buffer.concat(this.pieces, this.heldBytes);
  }

  /** Takes the next bytes; large ones must not change any more. */
  append(piece: Buffer): void {
    if (piece.length >= MIN_KEPT_BYTES || this.length === 0) {
      this.closeBlock();
      this.keep(piece);
      return;
    }
    if (this.used + piece.length > this.block.length) {
      this.closeBlock();
      if (piece.length > this.block.length) this.block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    }
    this.used += piece.copy(this.block, this.used);
  }

  private closeBlock(): void {
    if (this.used === 0) return;
    this.keep(this.block.subarray(0, this.used));
    this.block = this.block.subarray(this.used);
    this.used = 0;
  }

  private keep(piece: Buffer): void {
    this.pieces.push(piece);
    this.heldBytes += piece.length;
  }
}
