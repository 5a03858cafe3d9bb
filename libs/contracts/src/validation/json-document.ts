import { isUtf8 } from 'node:buffer';
import { PipelineError } from '@libs/domain';

export const MAX_NESTING = 16;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Parses UTF-8 JSON whose nesting was bounded before it was parsed.
 *
 * @throws PipelineError `invalid_encoding`, `nesting_too_deep` or `invalid_json`
 */
export function parseJsonDocument(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new PipelineError('invalid_encoding', 'the body is not UTF-8');
  if (nestsDeeperThan(bytes, MAX_NESTING)) {
    throw new PipelineError('nesting_too_deep', `the body nests deeper than ${MAX_NESTING} levels`);
  }
  if (bytes.length === 0) throw new PipelineError('invalid_json', 'the body is empty');
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch (cause) {
    throw new PipelineError('invalid_json', `the body of ${bytes.length} bytes is not JSON`, { cause });
  }
}

function nestsDeeperThan(bytes: Buffer, limit: number): boolean {
  // Few opening brackets cannot nest deeply, and counting them is a native search.
  if (countUpTo(bytes, OPEN_ARRAY, limit) + countUpTo(bytes, OPEN_OBJECT, limit) <= limit) return false;
  let depth = 0;
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
      if (depth > limit) return true;
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
      depth -= 1;
    }
  }
  return false;
}

function countUpTo(bytes: Buffer, byte: number, limit: number): number {
  let count = 0;
  for (let at = bytes.indexOf(byte); at !== -1 && count <= limit; at = bytes.indexOf(byte, at + 1))
    count += 1;
  return count;
}
