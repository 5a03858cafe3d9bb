/** Bytes that a distinct value takes besides its characters, about. */
const OVERHEAD_BYTES = 200;

/** Values that many rows share, each kept once while a row holds it. */
export class Interned<Value> {
  private readonly numbers = new Map<string, number>();
  private readonly values: ({ key: string; value: Value; holders: number } | undefined)[] = [];
  private readonly free: number[] = [];
  private heldBytes = 0;

  /** Estimated memory of the values. */
  get bytes(): number {
    return this.heldBytes;
  }

  /** The number of a value, one holder more. */
  hold(key: string, value: Value): number {
    const known = this.numbers.get(key);
    if (known !== undefined) {
      this.values[known]!.holders += 1;
      return known;
    }
    const number = this.free.pop() ?? this.values.length;
    this.numbers.set(key, number);
    this.values[number] = { key, value, holders: 1 };
    this.heldBytes += bytesOf(key);
    return number;
  }

  /** One holder less. */
  release(number: number): void {
    const held = this.values[number]!;
    held.holders -= 1;
    if (held.holders > 0) return;
    this.values[number] = undefined;
    this.numbers.delete(held.key);
    this.free.push(number);
    this.heldBytes -= bytesOf(held.key);
  }

  /** For each number 1 where its value passes, else 0. */
  passing(test: (value: Value) => boolean): Uint8Array {
    return Uint8Array.from(this.values, (held) => (held && test(held.value) ? 1 : 0));
  }
}

/** Twice, for the key and for the value; UTF-16. */
function bytesOf(key: string): number {
  return OVERHEAD_BYTES + 4 * key.length;
}
