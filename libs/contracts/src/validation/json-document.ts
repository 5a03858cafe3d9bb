import { isUtf8 } from 'node:buffer';
import { InvalidMetadata, PipelineError } from '@libs/domain';
import { expectExactIntegers } from './exact-integers';
import { InvalidJson, positionAfter, START_OF_TEXT } from './invalid-json';
import { jsonFaultOf } from './json-syntax';

export const MAX_NESTING = 16;
/** Of all objects of a body together; a sound one has less than 200. */
export const MAX_FIELDS = 2_048;

const BYTE_ORDER_MARK = Buffer.from('\ufeff');
const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Parses UTF-8 JSON whose nesting and count of fields were bounded before it was parsed. A byte order mark is skipped.
 *
 * @throws PipelineError `invalid_encoding`, `nesting_too_deep`; InvalidJson; InvalidMetadata for too many fields, and
 *   for integers that JavaScript would change
 */
export function parseJsonDocument(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new PipelineError('invalid_encoding', 'the body is not UTF-8');
  const json = withoutByteOrderMark(bytes);
  boundStructure(json);
  const text = json.toString('utf8');
  const document = parseText(text, bytes.length - json.length);
  expectExactIntegers(text);
  return document;
}

/** `startByte`: where in the body the text begins. */
function parseText(text: string, startByte: number): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const fault = jsonFaultOf(text);
    if (!fault) throw cause;
    const start = { ...START_OF_TEXT, byte: startByte };
    throw new InvalidJson(fault, positionAfter(start, Buffer.from(text.slice(0, fault.at))));
  }
}

/** The bytes behind a UTF-8 byte order mark, where they begin with one. */
export function withoutByteOrderMark(bytes: Buffer): Buffer {
  const hasMark = bytes[0] === BYTE_ORDER_MARK[0] && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK);
  return hasMark ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
}

/** The refusal of a body that nests deeper than any sound one. */
export function nestsTooDeep(): PipelineError {
  return new PipelineError('nesting_too_deep', `the body nests deeper than ${MAX_NESTING} levels`);
}

/** The refusal of a body with more fields than any sound one: to make names of all of them takes long. */
export function hasTooManyFields(): InvalidMetadata {
  const message = `must have at most ${MAX_FIELDS} fields, those of objects in it included; got more`;
  return new InvalidMetadata([{ pointer: '', code: 'out_of_range', message }]);
}

function boundStructure(bytes: Buffer): void {
  // Few opening brackets cannot nest deeply, few colons part few fields, and counting them is a native search.
  const brackets = countUpTo(bytes, OPEN_ARRAY, MAX_NESTING) + countUpTo(bytes, OPEN_OBJECT, MAX_NESTING);
  if (brackets <= MAX_NESTING && countUpTo(bytes, COLON, MAX_FIELDS) <= MAX_FIELDS) return;
  let depth = 0;
  let fields = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === BACKSLASH) i += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      depth += 1;
      if (depth > MAX_NESTING) throw nestsTooDeep();
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
      depth -= 1;
    } else if (byte === COLON) {
      fields += 1;
      if (fields > MAX_FIELDS) throw hasTooManyFields();
    }
  }
}

function countUpTo(bytes: Buffer, byte: number, limit: number): number {
  let count = 0;
  for (let at = bytes.indexOf(byte); at !== -1 && count <= limit; at = bytes.indexOf(byte, at + 1))
    count += 1;
  return count;
}
