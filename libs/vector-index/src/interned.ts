/** What a distinct value takes besides its texts, and each text besides its characters, about. */
const OVERHEAD_BYTES = 180;
const TEXT_BYTES = 24;

/** Values that many rows share, each kept once while a row holds it. */
export class Interned<Value extends string | readonly string[]> {
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
    this.heldBytes += bytesOf(key, value);
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
    this.heldBytes -= bytesOf(held.key, held.value);
  }

  /** For each number 1 where its value passes, else 0. */
  passing(test: (value: Value) => boolean): Uint8Array {
    return Uint8Array.from(this.values, (held) => (held && test(held.value) ? 1 : 0));
  }
}

/** The characters twice, for the key and for the value; UTF-16. */
function bytesOf(key: string, value: string | readonly string[]): number {
  const texts = typeof value === 'string' ? 1 : value.length;
  return OVERHEAD_BYTES + TEXT_BYTES * texts + 4 * key.length;
}
