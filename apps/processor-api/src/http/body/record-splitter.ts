import type { TextPosition } from '@libs/contracts';
import { ByteAccumulator } from './byte-accumulator';

/** A record that is longer than one may be: it is skipped, and what follows it is read. */
export const TOO_LARGE = Symbol('a record that is too large');

export type SplitRecord = Buffer | typeof TOO_LARGE;

/** Cuts a stream of bytes into records, whatever pieces it comes in. */
export interface RecordSplitter {
  /** Whether it finds the next record after one that is no JSON. */
  readonly continuesAfterFaults: boolean;

  /** Where in the whole text the record begins that came last. */
  readonly recordStart: TextPosition;

  /** Bytes it keeps of a record that has not ended. */
  readonly heldBytes: number;

  /** The records that end in `piece`; a record may share its memory, so take each before the next `split`. */
  split(piece: Buffer): Iterable<SplitRecord>;

  /** What is left when the stream has ended. */
  finish(): Iterable<SplitRecord>;
}

/** The record at whose end a splitter has not arrived, over as many pieces as it takes. */
export class RecordBuffer {
  private kept: ByteAccumulator | undefined;
  private isTooLarge = false;

  constructor(private readonly maxBytes: number) {}

  get heldBytes(): number {
    return this.kept?.capacity ?? 0;
  }

  /** Keeps a copy of `part`: the piece it is of may be a hundred times as large. */
  append(part: Buffer): void {
    if (part.length === 0 || this.isTooLarge) return;
    if (this.length + part.length > this.maxBytes) {
      this.isTooLarge = true;
      this.kept = undefined;
      return;
    }
    this.kept ??= new ByteAccumulator();
    this.kept.append(Buffer.from(part));
  }

  /** The whole record, whose last part is `part`; the next one begins. */
  close(part: Buffer): SplitRecord {
    const isWhole = !this.kept && !this.isTooLarge;
    if (isWhole) return part.length > this.maxBytes ? TOO_LARGE : part;
    this.append(part);
    const record = this.isTooLarge ? TOO_LARGE : this.kept!.bytes;
    this.kept = undefined;
    this.isTooLarge = false;
    return record;
  }

  private get length(): number {
    return this.kept?.length ?? 0;
  }
}
