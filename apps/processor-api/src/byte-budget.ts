/** Bounds the bytes that several holders have together. */
export class ByteBudget {
  private held = 0;

  constructor(readonly maxBytes: number) {}

  get bytes(): number {
    return this.held;
  }

  hasRoom(bytes: number): boolean {
    return this.held + bytes <= this.maxBytes;
  }

  /** False, and nothing is held, where there is no room for them. */
  hold(bytes: number): boolean {
    if (!this.hasRoom(bytes)) return false;
    this.held += bytes;
    return true;
  }

  release(bytes: number): void {
    this.held -= bytes;
  }
}
