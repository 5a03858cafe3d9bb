import { START_OF_TEXT, withoutByteOrderMark } from '@libs/contracts';
import { RecordBuffer, TOO_LARGE, type RecordSplitter, type SplitRecord } from './record-splitter';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const WHITE_SPACE: ReadonlySet<number> = new Set([0x20, 0x09, CARRIAGE_RETURN]);

/** The lines that hold something; they end with LF or CRLF, the last one with the stream if it likes. */
export class NdjsonSplitter implements RecordSplitter {
  readonly continuesAfterFaults = true;
  recordStart = START_OF_TEXT;
  private nextLine = START_OF_TEXT;
  private passedBytes = 0;
  private readonly buffer: RecordBuffer;

  constructor(maxRecordBytes: number) {
    this.buffer = new RecordBuffer(maxRecordBytes);
  }

  get heldBytes(): number {
    return this.buffer.heldBytes;
  }

  *split(piece: Buffer): Generator<SplitRecord> {
    let start = 0;
    for (let end = piece.indexOf(LINE_FEED); end !== -1; end = piece.indexOf(LINE_FEED, start)) {
      const line = this.buffer.close(piece.subarray(start, end));
      start = end + 1;
      this.recordStart = this.nextLine;
      this.nextLine = { line: this.nextLine.line + 1, column: 1, byte: this.passedBytes + start };
      if (!isBlank(line)) yield line;
    }
    this.passedBytes += piece.length;
    this.buffer.append(piece.subarray(start));
  }

  *finish(): Generator<SplitRecord> {
    this.recordStart = this.nextLine;
    const line = this.buffer.close(Buffer.alloc(0));
    if (!isBlank(line)) yield line;
  }
}

function isBlank(line: SplitRecord): boolean {
  return line !== TOO_LARGE && withoutByteOrderMark(line).every((byte) => WHITE_SPACE.has(byte));
}
