/** The bytes end before what they announce, or contradict themselves. */
export class MalformedBytes extends Error {}

const CONTINUES = 0x80;
const LAST_SHIFT_OF_VARINT = 28;
const LAST_SHIFT_OF_VARLONG = 63;

/** Reads Kafka's primitive types, front to back. Source: Kafka protocol guide, "Protocol Primitive Types". */
export class ByteReader {
  position = 0;

  /** `end` bounds what may be read; it may be moved. */
  constructor(
    readonly bytes: Buffer,
    public end = bytes.length,
  ) {}

  get left(): number {
    return this.end - this.position;
  }

  int16(): number {
    return this.bytes.readInt16BE(this.pass(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.pass(4));
  }

  int64(): bigint {
    return this.bytes.readBigInt64BE(this.pass(8));
  }

  /** Zigzag, at most five bytes. */
  varint(): number {
    let bits = 0;
    for (let shift = 0; ; shift += 7) {
      if (shift > LAST_SHIFT_OF_VARINT) throw new MalformedBytes('a varint has more than 5 bytes');
      const byte = this.bytes[this.pass(1)]!;
      bits |= (byte & ~CONTINUES) << shift;
      if (byte < CONTINUES) return (bits >>> 1) ^ -(bits & 1);
    }
  }

  /** Zigzag, at most ten bytes. */
  varlong(): bigint {
    let bits = 0n;
    for (let shift = 0; ; shift += 7) {
      if (shift > LAST_SHIFT_OF_VARLONG) throw new MalformedBytes('a varlong has more than 10 bytes');
      const byte = this.bytes[this.pass(1)]!;
      bits |= BigInt(byte & ~CONTINUES) << BigInt(shift);
      if (byte < CONTINUES) return BigInt.asIntN(64, (bits >> 1n) ^ -(bits & 1n));
    }
  }

  /** A view of the next `length` bytes. */
  take(length: number): Buffer {
    const from = this.pass(length);
    return this.bytes.subarray(from, from + length);
  }

  /** The next `length` bytes as text. */
  text(length: number): string {
    const from = this.pass(length);
    return this.bytes.toString('utf8', from, from + length);
  }

  /** Moves on by `length` bytes and answers where they begin. */
  pass(length: number): number {
    const from = this.position;
    if (length < 0 || length > this.end - from) throw new MalformedBytes('the bytes end early');
    this.position = from + length;
    return from;
  }
}
