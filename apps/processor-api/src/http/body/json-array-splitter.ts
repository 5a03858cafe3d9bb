import { InvalidMetadata, PipelineError } from '@libs/domain';
import { OpenRecord } from './open-record';
import type { RecordSplitter, SplitRecord } from './record-splitter';

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

enum Place {
  BeforeArray,
  /** Behind `[`, where `]` may follow. */
  FirstValue,
  /** Behind a comma. */
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
 * Every byte of JSON's own signs is below 0x80, so that no place inside a UTF-8 sequence looks like one.
 *
 * `split` and `finish` throw PipelineError `invalid_json` where the array itself is broken, InvalidMetadata (pointer
 * "") where the document is something else.
 */
export class JsonArraySplitter implements RecordSplitter {
  private place = Place.BeforeArray;
  private depth = 0;
  private inText = false;
  private isEscaped = false;
  private readonly open: OpenRecord;

  constructor(maxRecordBytes: number) {
    this.open = new OpenRecord(maxRecordBytes);
  }

  get heldBytes(): number {
    return this.open.heldBytes;
  }

  *split(piece: Buffer): Generator<SplitRecord> {
    let start = 0;
    let at = 0;
    while (at < piece.length) {
      if (this.isInside()) {
        const end = this.findEnd(piece, at);
        if (end === undefined) break;
        const record = this.open.close(piece.subarray(start, end));
        at = end;
        this.place = Place.AfterValue;
        yield record;
      } else {
        const byte = piece[at]!;
        if (!WHITE_SPACE.has(byte)) {
          this.step(byte);
          start = at;
        }
        // What begins a value is looked at again as a part of it.
        if (!this.isInside()) at += 1;
      }
    }
    if (this.isInside()) this.open.append(piece.subarray(start));
  }

  *finish(): Generator<SplitRecord> {
    if (this.place !== Place.AfterArray) throw broken('ends before its array does');
    yield* [];
  }

  private isInside(): boolean {
    return this.place === Place.Nested || this.place === Place.TopText || this.place === Place.Scalar;
  }

  /** One byte between the records. */
  private step(byte: number): void {
    switch (this.place) {
      case Place.BeforeArray:
        if (byte !== OPEN_ARRAY) throw noArray(byte);
        this.place = Place.FirstValue;
        return;
      case Place.FirstValue:
      case Place.NextValue:
        if (byte === CLOSE_ARRAY && this.place === Place.FirstValue) this.place = Place.AfterArray;
        else this.begin(byte);
        return;
      case Place.AfterValue:
        if (byte === COMMA) this.place = Place.NextValue;
        else if (byte === CLOSE_ARRAY) this.place = Place.AfterArray;
        else throw broken('has no comma between two records');
        return;
      case Place.AfterArray:
      case Place.Nested:
      case Place.TopText:
      case Place.Scalar:
        throw broken('goes on behind its array');
    }
  }

  private begin(byte: number): void {
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.place = Place.Nested;
    else if (OTHER_VALUE.has(byte)) this.place = byte === QUOTE ? Place.TopText : Place.Scalar;
    else throw broken('has a record that begins like no JSON value');
    this.depth = 0;
    this.inText = false;
    this.isEscaped = false;
  }

  /** The place behind the record's last byte, if that is in `piece`. */
  private findEnd(piece: Buffer, from: number): number | undefined {
    if (this.place === Place.Scalar) return findScalarEnd(piece, from);
    for (let at = from; at < piece.length; at++) {
      const byte = piece[at];
      if (this.isEscaped) {
        this.isEscaped = false;
      } else if (this.inText) {
        if (byte === BACKSLASH) this.isEscaped = true;
        else if (byte === QUOTE) {
          this.inText = false;
          if (this.place === Place.TopText) return at + 1;
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

function noArray(byte: number): PipelineError {
  if (!OTHER_VALUE.has(byte)) return broken('is not JSON');
  return new InvalidMetadata([{ pointer: '', code: 'wrong_type', message: 'must be an array of records' }]);
}

function broken(how: string): PipelineError {
  return new PipelineError('invalid_json', `the batch ${how}`);
}
