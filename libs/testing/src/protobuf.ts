type Field = Buffer | bigint;

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** The values of one field of a message in protobuf's wire format, in order. */
export function fieldsOf(message: Buffer, wanted: number): Field[] {
  const found: Field[] = [];
  for (let at = 0; at < message.length;) {
    const tag = varintAt(message, at);
    const value = valueAt(message, tag.end, Number(tag.value & 7n));
    if (tag.value >> 3n === BigInt(wanted)) found.push(value.value);
    at = value.end;
  }
  return found;
}

export function bytesOf(field: Field | undefined): Buffer {
  return field instanceof Buffer ? field : Buffer.alloc(0);
}

export function textOf(field: Field | undefined): string {
  return bytesOf(field).toString('utf8');
}

function valueAt(message: Buffer, at: number, wireType: number): { value: Field; end: number } {
  if (wireType === VARINT) return varintAt(message, at);
  if (wireType === FIXED_64) return { value: message.readBigUInt64LE(at), end: at + 8 };
  if (wireType === FIXED_32) return { value: BigInt(message.readUInt32LE(at)), end: at + 4 };
  if (wireType !== LENGTH_DELIMITED) throw new Error(`unknown wire type ${wireType}`);
  const { value: length, end: start } = varintAt(message, at);
  const end = start + Number(length);
  return { value: message.subarray(start, end), end };
}

function varintAt(message: Buffer, at: number): { value: bigint; end: number } {
  let value = 0n;
  for (let end = at, shift = 0n; ; end++, shift += 7n) {
    const byte = message.readUInt8(end);
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return { value, end: end + 1 };
  }
}
