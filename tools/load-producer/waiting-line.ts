/** Records that have arrived and wait for a connection: first in, first out, so many at most. */
export class WaitingLine {
  private readonly indices: Float64Array;
  private head = 0;
  private count = 0;

  constructor(readonly capacity: number) {
    this.indices = new Float64Array(capacity);
  }

  get length(): number {
    return this.count;
  }

  /** The one that has waited longest. */
  get first(): number | undefined {
    return this.count === 0 ? undefined : this.indices[this.head];
  }

  /** False where the line is full: the record is not in it. */
  push(index: number): boolean {
    if (this.count === this.capacity) return false;
    this.indices[(this.head + this.count) % this.capacity] = index;
    this.count += 1;
    return true;
  }

  take(atMost: number): number[] {
    const length = Math.min(atMost, this.count);
    const taken = Array.from({ length }, (_, at) => this.indices[(this.head + at) % this.capacity]!);
    this.head = (this.head + length) % this.capacity;
    this.count -= length;
    return taken;
  }
}
