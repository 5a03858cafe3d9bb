import { isUtf8 } from 'node:buffer';
import { PipelineError } from '@libs/domain';
import { ExactIntegers } from './exact-integers';
import { hasTooManyFields, MAX_FIELDS, MAX_NESTING, nestsTooDeep } from './json-document';

/**
 * Reads MessagePack as `parseJsonDocument` reads JSON: texts, numbers, booleans, null, arrays, and maps with texts as
 * keys, of which the last of a name wins. Binary data comes as a view of `bytes`, to be copied by whoever keeps it.
 * What a length claims must be there before anything is made for it. No library: those at hand lose the place of
 * `__proto__`, the byte order mark of long texts, and the last digits of 64-bit integers.
 * Source: https://github.com/msgpack/msgpack/blob/master/spec.md
 *
 * @throws PipelineError `nesting_too_deep` or `invalid_msgpack`; InvalidMetadata for too many fields, and for integers
 *   that JavaScript would change
 */
export function parseMsgpackDocument(bytes: Buffer): unknown {
  if (bytes.length === 0) throw new PipelineError('invalid_msgpack', 'the body is empty');
  const reader = new MsgpackReader(bytes);
  const document = reader.read(0);
  reader.expectEnd();
  reader.integers.refuseOthers();
  return document;
}

class MsgpackReader {
  readonly integers = new ExactIntegers();
  private at = 0;
  private fields = 0;
  /** Where the value lies that is being read. */
  private readonly path: (string | number)[] = [];

  constructor(private readonly bytes: Buffer) {}

  /** One value; `depth` counts the containers around it. */
  read(depth: number): unknown {
    const type = this.bytes[this.skip(1)]!;
    if (type <= 0x7f) return type;
    if (type <= 0x8f) return this.map(type & 0x0f, depth);
    if (type <= 0x9f) return this.array(type & 0x0f, depth);
    if (type <= 0xbf) return this.text(type & 0x1f);
    if (type >= 0xe0) return type - 0x100;
    return this.readTagged(type, depth);
  }

  expectEnd(): void {
    const rest = this.bytes.length - this.at;
    if (rest > 0) throw fault(`${rest} bytes follow the value that ends`, this.at);
  }

  private readTagged(type: number, depth: number): unknown {
    const { bytes } = this;
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return this.binary(this.uint(1));
      case 0xc5:
        return this.binary(this.uint(2));
      case 0xc6:
        return this.binary(this.uint(4));
      case 0xca:
        return bytes.readFloatBE(this.skip(4));
      case 0xcb:
        return bytes.readDoubleBE(this.skip(8));
      case 0xcc:
        return this.uint(1);
      case 0xcd:
        return this.uint(2);
      case 0xce:
        return this.uint(4);
      case 0xcf:
        return this.checked(bytes.readBigUInt64BE(this.skip(8)));
      case 0xd0:
        return bytes.readInt8(this.skip(1));
      case 0xd1:
        return bytes.readInt16BE(this.skip(2));
      case 0xd2:
        return bytes.readInt32BE(this.skip(4));
      case 0xd3:
        return this.checked(bytes.readBigInt64BE(this.skip(8)));
      case 0xd9:
        return this.text(this.uint(1));
      case 0xda:
        return this.text(this.uint(2));
      case 0xdb:
        return this.text(this.uint(4));
      case 0xdc:
        return this.array(this.uint(2), depth);
      case 0xdd:
        return this.array(this.uint(4), depth);
      case 0xde:
        return this.map(this.uint(2), depth);
      case 0xdf:
        return this.map(this.uint(4), depth);
      default:
        throw fault(`extension types are not read; type 0x${type.toString(16)} is one`, this.at - 1);
    }
  }

  private array(count: number, depth: number): unknown[] {
    this.open(count, depth);
    const items: unknown[] = [];
    while (items.length < count) {
      this.path[depth] = items.length;
      items.push(this.read(depth + 1));
    }
    this.path.length = depth;
    return items;
  }

  private map(count: number, depth: number): Record<string, unknown> {
    this.open(2 * count, depth);
    this.fields += count;
    if (this.fields > MAX_FIELDS) throw hasTooManyFields();
    const fields: Record<string, unknown> = {};
    for (let index = 0; index < count; index++) {
      const name = this.name();
      this.path[depth] = name;
      const value = this.read(depth + 1);
      if (name === '__proto__') Object.defineProperty(fields, name, { value, ...ORDINARY });
      else fields[name] = value;
    }
    this.path.length = depth;
    return fields;
  }

  private name(): string {
    const start = this.at;
    const type = this.bytes[start];
    const isText = type !== undefined && ((type >= 0xa0 && type <= 0xbf) || (type >= 0xd9 && type <= 0xdb));
    if (!isText) throw fault('the keys of a map must be texts', start);
    return this.read(0) as string;
  }

  /** A value takes at least one byte: what claims more of them than there are bytes is refused unread. */
  private open(values: number, depth: number): void {
    if (depth >= MAX_NESTING) throw nestsTooDeep();
    if (values > this.bytes.length - this.at) throw tooShort(this.at);
  }

  private text(length: number): string {
    const start = this.skip(length);
    const utf8 = this.bytes.subarray(start, this.at);
    if (!isUtf8(utf8)) throw fault('a text is not UTF-8', start);
    return utf8.toString('utf8');
  }

  private binary(length: number): Buffer {
    const start = this.skip(length);
    return this.bytes.subarray(start, this.at);
  }

  private uint(size: 1 | 2 | 4): number {
    return this.bytes.readUIntBE(this.skip(size), size);
  }

  private checked(value: bigint): number {
    this.integers.check(String(value), this.path);
    return Number(value);
  }

  /** Goes `count` bytes on; answers where they begin. */
  private skip(count: number): number {
    const start = this.at;
    if (count > this.bytes.length - start) throw tooShort(start);
    this.at = start + count;
    return start;
  }
}

const ORDINARY = { configurable: true, enumerable: true, writable: true };

const tooShort = (at: number): PipelineError => fault('the body ends inside a value', at);

function fault(what: string, at: number): PipelineError {
  return new PipelineError('invalid_msgpack', `${what} (at byte ${at})`);
}
