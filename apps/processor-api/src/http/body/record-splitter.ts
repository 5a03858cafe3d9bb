import type { TextPlace } from '@libs/contracts';

/** A record that is longer than one may be: it is skipped, and what follows it is read. */
export const TOO_LARGE = Symbol('a record that is too large');

export type SplitRecord = Buffer | typeof TOO_LARGE;

/** Cuts a stream of bytes into records, whatever pieces it comes in. */
export interface RecordSplitter {
  /** Whether it finds the next record behind one that is no JSON. */
  readonly goesOnBehindFaults: boolean;

  /** Where in the whole text the record begins that came last. */
  readonly recordStart: TextPlace;

  /** Bytes it keeps of a record that has not ended. */
  readonly heldBytes: number;

  /** The records that end in `piece`; a record may share its memory, so take each before the next `split`. */
  split(piece: Buffer): Iterable<SplitRecord>;

  /** What is left when the stream has ended. */
  finish(): Iterable<SplitRecord>;
}
