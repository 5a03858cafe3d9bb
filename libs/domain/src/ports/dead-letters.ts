import { PipelineError, UnreadableRecord } from '../errors';
import { StreamPosition } from '../model/recorded-metadata';

/** What one name of a record's headers holds; null is a header without a value. */
export type HeaderValue = Uint8Array | null;

/** A record as it came off the stream, byte for byte. */
export interface RawRecord {
  readonly position: StreamPosition;
  /** When the stream took it, by the broker's clock. */
  readonly timestamp: Date;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** A name that comes more than once has all its values, in order. */
  readonly headers: Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>;
  /**
   * Set where its bytes are not all there: why, and the last offset of the records that it stands for. Key, value and
   * headers are then what could be read of them.
   */
  readonly unread?: { readonly error: UnreadableRecord; readonly lastOffset: bigint };
}

/** A record that cannot be stored, with the reason. */
export interface DeadLetter {
  readonly record: RawRecord;
  readonly error: PipelineError;
  /** How often it was tried, at least 1. */
  readonly attempts: number;
  readonly failedAt: Date;
}

/** Where records go that would otherwise block their partition. */
export abstract class DeadLetters {
  /**
   * Resolves once every letter is durable.
   *
   * @throws BrokerUnavailable, DeadLetterTooLarge — retriable; any part of the letters may be durable
   */
  abstract send(letters: readonly DeadLetter[]): Promise<void>;
}

/** How many records wait in the dead-letter topics. */
export abstract class DeadLetterCounts {
  /**
   * Name of each dead-letter topic → how many letters it holds, at most some seconds old; null where nobody can
   * tell now. Never rejects, and costs the stream next to nothing however often it is asked.
   */
  abstract counts(): Promise<Readonly<Record<string, number | null>>>;
}
