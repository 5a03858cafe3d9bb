import { isAscii } from 'node:buffer';
import { PipelineError } from '@libs/domain';
import type { JsonFault } from './json-syntax';

const LINE_FEED = 0x0a;

/** Where in a text something is: its line from 1, its column in characters from 1, its byte from 0. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
  readonly byte: number;
}

export const START_OF_TEXT: TextPosition = { line: 1, column: 1, byte: 0 };

/** The position after UTF-8 `bytes` that begin at `start`. A line ends with LF. */
export function positionAfter({ line, column, byte }: TextPosition, bytes: Uint8Array): TextPosition {
  const lastLine = bytes.subarray(bytes.lastIndexOf(LINE_FEED) + 1);
  const feeds = lineFeedsIn(bytes);
  return {
    line: line + feeds,
    column: (feeds === 0 ? column : 1) + charactersIn(lastLine),
    byte: byte + bytes.length,
  };
}

/** A text that is no JSON: what is wrong with it, and where. */
export class InvalidJson extends PipelineError<'invalid_json'> {
  constructor(
    private readonly fault: Omit<JsonFault, 'at'>,
    private readonly position: TextPosition,
  ) {
    const { token, advice } = fault;
    const where = `line ${position.line}, column ${position.column} (byte ${position.byte})`;
    const message = `the body is not JSON: unexpected ${token} at ${where}`;
    super('invalid_json', advice === undefined ? message : `${message}; ${advice}`);
  }

  /** True where a value has ended, and an object begins on a later line. */
  get mayBeNdjson(): boolean {
    return this.fault.mayBeNdjson === true;
  }

  /** The same fault as one of the larger text in which this one begins at `start`. */
  within(start: TextPosition): InvalidJson {
    const { line, column, byte } = this.position;
    return new InvalidJson(this.fault, {
      line: start.line + line - 1,
      column: line === 1 ? start.column + column - 1 : column,
      byte: start.byte + byte,
    });
  }

  withAdvice(advice: string): InvalidJson {
    return new InvalidJson({ ...this.fault, advice }, this.position);
  }
}

function lineFeedsIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) count += 1;
  return count;
}

function charactersIn(bytes: Uint8Array): number {
  if (isAscii(bytes)) return bytes.length;
  let count = 0;
  for (const byte of bytes) if ((byte & 0xc0) !== 0x80) count += 1;
  return count;
}
