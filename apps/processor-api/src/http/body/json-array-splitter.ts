import { InvalidJson, positionAfter, shownToken, START_OF_TEXT } from '@libs/contracts';
import { InvalidMetadata } from '@libs/domain';
import { NDJSON_TYPES } from './content-headers';
import { RecordBuffer, type RecordSplitter, type SplitRecord } from './record-splitter';

const BYTE_ORDER_MARK = Buffer.from('\ufeff');
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const WHITE_SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
/** What begins a JSON value that is no array. */
const OTHER_VALUE = new Set(Buffer.from('{"-0123456789tfn'));
/** What cannot begin a record; all else can, and whoever parses it says what is wrong with it. */
const NO_VALUE = new Set(Buffer.from(',:]}'));

enum State {
  BeforeArray,
  /** After `[`, where `]` may follow. */
  FirstValue,
  /** After a comma. */
  NextValue,
  /** Inside an object or array. */
  Nested,
  /** Inside a text at the top of a record. */
  TopText,
  /** Inside a number or a literal at the top of a record. */
  Scalar,
  AfterValue,
  AfterArray,
}

/**
 * The elements of one JSON array, found by brackets and quotes alone: whoever parses them finds what is wrong inside.
 * Every byte of JSON's own signs is below 0x80, so that no byte of a longer UTF-8 sequence looks like one.
 *
 * `split` and `finish` throw InvalidJson where the array itself is broken, InvalidMetadata (pointer "") where the
 * document is something else.
 */
export class JsonArraySplitter implements RecordSplitter {
  readonly continuesAfterFaults = false;
  recordStart = START_OF_TEXT;
  /** Where it last looked at a sign between the records. */
  private passed = START_OF_TEXT;
  private pieceStart = 0;
  /** What there was of a byte order mark. */
  private markBytes = 0;
  private state = State.BeforeArray;
  private depth = 0;
  private inText = false;
  private isEscaped = false;
  private readonly buffer: RecordBuffer;

  constructor(maxRecordBytes: number) {
    this.buffer = new RecordBuffer(maxRecordBytes);
  }

  get heldBytes(): number {
    return this.buffer.heldBytes;
  }

  *split(piece: Buffer): Generator<SplitRecord> {
    this.pieceStart = this.passed.byte;
    let start = 0;
    let at = 0;
    while (at < piece.length) {
      if (this.isInside()) {
        const end = this.findEnd(piece, at);
        if (end === undefined) break;
        const record = this.buffer.close(piece.subarray(start, end));
        at = end;
        this.state = State.AfterValue;
        yield record;
      } else {
        const byte = piece[at]!;
        if (!WHITE_SPACE.has(byte)) {
          this.passTo(piece, at);
          this.step(byte);
          start = at;
        }
        // What begins a value is looked at again as a part of it.
        if (!this.isInside()) at += 1;
      }
    }
    this.passTo(piece, piece.length);
    if (this.isInside()) this.buffer.append(piece.subarray(start));
  }

  *finish(): Generator<SplitRecord> {
    if (this.state !== State.AfterArray) {
      const advice = this.state === State.BeforeArray ? 'it is empty' : undefined;
      throw new InvalidJson({ token: 'end of the text', advice }, this.passed);
    }
    yield* [];
  }

  private passTo(piece: Buffer, at: number): void {
    this.passed = positionAfter(this.passed, piece.subarray(this.passed.byte - this.pieceStart, at));
  }

  private isInside(): boolean {
    return this.state === State.Nested || this.state === State.TopText || this.state === State.Scalar;
  }

  /** One byte between the records. */
  private step(byte: number): void {
    switch (this.state) {
      case State.BeforeArray:
        this.beginArray(byte);
        return;
      case State.FirstValue:
      case State.NextValue:
        if (byte === CLOSE_ARRAY && this.state === State.FirstValue) this.state = State.AfterArray;
        else this.begin(byte);
        return;
      case State.AfterValue:
        if (byte === COMMA) this.state = State.NextValue;
        else if (byte === CLOSE_ARRAY) this.state = State.AfterArray;
        else throw this.unexpected(byte, NO_VALUE.has(byte) ? undefined : 'a comma is missing before it');
        return;
      case State.AfterArray:
      case State.Nested:
      case State.TopText:
      case State.Scalar:
        throw this.unexpected(byte, 'the JSON text ended before it');
    }
  }

  private beginArray(byte: number): void {
    if (byte === BYTE_ORDER_MARK[this.markBytes] && this.markBytes === this.passed.byte) {
      this.markBytes += 1;
      this.passed = { ...START_OF_TEXT, byte: this.passed.byte }; // it takes no column
      return;
    }
    const isMarkWhole = this.markBytes === 0 || this.markBytes === BYTE_ORDER_MARK.length;
    if (isMarkWhole && OTHER_VALUE.has(byte)) throw noArray(byte);
    if (!isMarkWhole || byte !== OPEN_ARRAY) throw this.unexpected(byte);
    this.state = State.FirstValue;
  }

  private begin(byte: number): void {
    if (NO_VALUE.has(byte)) {
      const isTrailing = this.state === State.NextValue && byte === CLOSE_ARRAY;
      throw this.unexpected(byte, isTrailing ? 'JSON has no trailing commas' : undefined);
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.state = State.Nested;
    else this.state = byte === QUOTE ? State.TopText : State.Scalar;
    this.recordStart = this.passed;
    this.depth = 0;
    this.inText = false;
    this.isEscaped = false;
  }

  private unexpected(byte: number, advice?: string): InvalidJson {
    const token = byte < 0x80 ? shownToken(String.fromCharCode(byte)) : `byte 0x${byte.toString(16)}`;
    return new InvalidJson({ token, advice }, this.passed);
  }

  /** The position after the record's last byte, if that is in `piece`. */
  private findEnd(piece: Buffer, from: number): number | undefined {
    if (this.state === State.Scalar) return findScalarEnd(piece, from);
    for (let at = from; at < piece.length; at++) {
      const byte = piece[at];
      if (this.isEscaped) {
        this.isEscaped = false;
      } else if (this.inText) {
        if (byte === BACKSLASH) this.isEscaped = true;
        else if (byte === QUOTE) {
          this.inText = false;
          if (this.state === State.TopText) return at + 1;
        }
      } else if (byte === QUOTE) {
        this.inText = true;
      } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        this.depth += 1;
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        this.depth -= 1;
        if (this.depth === 0) return at + 1;
      }
    }
    return undefined;
  }
}

function findScalarEnd(piece: Buffer, from: number): number | undefined {
  const isEnd = (byte: number): boolean => byte === COMMA || byte === CLOSE_ARRAY || WHITE_SPACE.has(byte);
  const length = piece.subarray(from).findIndex(isEnd);
  return length === -1 ? undefined : from + length;
}

function noArray(byte: number): InvalidMetadata {
  const hint = byte === OPEN_OBJECT ? `; send NDJSON, one record a line, as ${NDJSON_TYPES[0]}` : '';
  const message = `must be an array of records${hint}`;
  return new InvalidMetadata([{ pointer: '', code: 'wrong_type', message }]);
}
