import { ByteReader, MalformedBytes } from './byte-reader';

/** What bytes expand to, or the beginning of it. */
export interface Expanded {
  readonly bytes: Buffer;
  /** `cut` at the limit, or where the compressed bytes are `broken`. */
  readonly end: 'whole' | 'cut' | 'broken';
}

class Full extends Error {}

/** What LZ77 formats write: literals, and copies of what was written before, as far as the memory goes. */
class ExpandedBytes {
  length = 0;

  constructor(private readonly memory: Buffer) {}

  /** @throws Full with as much written as fits */
  append(literal: Buffer): void {
    const written = literal.copy(this.memory, this.length);
    this.length += written;
    if (written < literal.length) throw new Full();
  }

  /** Repeats `length` bytes from `distance` before the end; they may overlap what they become. @throws Full */
  repeat(distance: number, length: number): void {
    if (distance < 1 || distance > this.length) throw new MalformedBytes('a copy from before the beginning');
    const { memory, length: from } = this;
    const end = Math.min(from + length, memory.length);
    if (distance >= length) memory.copyWithin(from, from - distance, end - distance);
    else for (let at = from; at < end; at++) memory[at] = memory[at - distance]!;
    this.length = end;
    if (end < from + length) throw new Full();
  }
}

function expanded(memory: Buffer, write: (target: ExpandedBytes) => void): Expanded {
  const target = new ExpandedBytes(memory);
  const ended = (end: Expanded['end']): Expanded => ({ bytes: memory.subarray(0, target.length), end });
  try {
    write(target);
    return ended('whole');
  } catch (error) {
    if (error instanceof Full) return ended('cut');
    if (error instanceof MalformedBytes) return ended('broken');
    throw error;
  }
}

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEAD_BYTES = 16;
/** Of the fifth and last byte of a length. */
const LAST_FACTOR = 0x80 ** 4;

/** Snappy as librdkafka writes it, or in the blocks of snappy-java, which Kafka's own clients use. */
export function expandSnappy(bytes: Buffer, memory: Buffer): Expanded {
  return expanded(memory, (target) => {
    const reader = new ByteReader(bytes);
    if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) {
      writeSnappy(reader, target);
      return;
    }
    reader.pass(XERIAL_HEAD_BYTES);
    while (reader.left > 0) writeSnappy(new ByteReader(reader.take(reader.int32())), target);
  });
}

/** Source: google/snappy, format_description.txt. */
function writeSnappy(reader: ByteReader, target: ExpandedBytes): void {
  const end = target.length + announcedLength(reader);
  while (reader.left > 0) {
    const tag = reader.bytes[reader.pass(1)]!;
    const high = tag >> 2;
    switch (tag & 3) {
      case 0:
        target.append(reader.take(1 + (high < 60 ? high : littleEndian(reader, high - 59))));
        break;
      case 1:
        target.repeat(((high >> 3) << 8) | littleEndian(reader, 1), 4 + (high & 7));
        break;
      case 2:
        target.repeat(littleEndian(reader, 2), 1 + high);
        break;
      default:
        target.repeat(littleEndian(reader, 4), 1 + high);
    }
  }
  if (target.length !== end) throw new MalformedBytes('another length than announced');
}

function announcedLength(reader: ByteReader): number {
  let length = 0;
  for (let factor = 1; factor <= LAST_FACTOR; factor *= 0x80) {
    const byte = reader.bytes[reader.pass(1)]!;
    length += (byte % 0x80) * factor;
    if (byte < 0x80) return length;
  }
  throw new MalformedBytes('a length of more than 5 bytes');
}

const LZ4_MAGIC = 0x184d2204;
const LZ4_SKIPPABLE_MAGIC = 0x184d2a50;
const HAS_BLOCK_CHECKSUMS = 0x10;
const HAS_CONTENT_SIZE = 0x08;
const HAS_CONTENT_CHECKSUM = 0x04;
const HAS_DICTIONARY = 0x01;
const UNCOMPRESSED = 0x80000000;

/**
 * LZ4 frames, one after another. Their checksums are passed over: Kafka's own covers the batch, and its clients once
 * wrote wrong ones. Source: lz4/lz4, doc/lz4_Frame_format.md.
 */
export function expandLz4(bytes: Buffer, memory: Buffer): Expanded {
  return expanded(memory, (target) => {
    const reader = new ByteReader(bytes);
    while (reader.left > 0) {
      const magic = littleEndian(reader, 4);
      if (magic === LZ4_MAGIC) writeLz4Frame(reader, target);
      else if ((magic & ~0xf) === LZ4_SKIPPABLE_MAGIC) reader.pass(littleEndian(reader, 4));
      else throw new MalformedBytes('no LZ4 frame');
    }
  });
}

function writeLz4Frame(reader: ByteReader, target: ExpandedBytes): void {
  const flags = reader.bytes[reader.pass(2)]!;
  reader.pass(flags & HAS_CONTENT_SIZE ? 8 : 0);
  reader.pass(flags & HAS_DICTIONARY ? 4 : 0);
  reader.pass(1); // the head's checksum
  for (let size = littleEndian(reader, 4); size !== 0; size = littleEndian(reader, 4)) {
    const block = reader.take(size % UNCOMPRESSED);
    if (size >= UNCOMPRESSED) target.append(block);
    else writeLz4Block(new ByteReader(block), target);
    reader.pass(flags & HAS_BLOCK_CHECKSUMS ? 4 : 0);
  }
  reader.pass(flags & HAS_CONTENT_CHECKSUM ? 4 : 0);
}

/** Source: lz4/lz4, doc/lz4_Block_format.md. */
function writeLz4Block(reader: ByteReader, target: ExpandedBytes): void {
  while (reader.left > 0) {
    const token = reader.bytes[reader.pass(1)]!;
    target.append(reader.take(lz4Length(reader, token >> 4)));
    if (reader.left === 0) return; // a block ends with literals
    const distance = littleEndian(reader, 2);
    target.repeat(distance, 4 + lz4Length(reader, token & 15));
  }
}

function lz4Length(reader: ByteReader, start: number): number {
  let length = start;
  if (start < 15) return length;
  for (let more = 255; more === 255; length += more) more = reader.bytes[reader.pass(1)]!;
  return length;
}

function littleEndian(reader: ByteReader, size: number): number {
  return reader.bytes.readUIntLE(reader.pass(size), size);
}
