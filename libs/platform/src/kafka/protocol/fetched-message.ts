import type { KafkaMessage } from 'kafkajs';

/** Why the bytes of a message are not all there; its key, headers and value are what could be told of them. */
export interface UnreadPart {
  readonly code: 'undecodable_record' | 'too_large_to_read';
  readonly reason: string;
  /** The message stands for all records up to this offset. */
  readonly lastOffset: bigint;
}

/** A message as `decodeRecordBatch` makes it and kafkajs hands it on. */
export interface FetchedMessage {
  readonly offset: string;
  /** Milliseconds. */
  readonly timestamp: string;
  readonly attributes: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Without a prototype; a name that comes more than once has all its values, in order. */
  readonly headers: Readonly<Record<string, HeaderValue | HeaderValue[]>>;
  /** Of the transaction protocol, not for applications: kafkajs moves on past it. */
  readonly isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
  /** What it occupies in memory, about. */
  readonly bytes: number;
  readonly unread?: UnreadPart;
}

export type HeaderValue = Buffer | null;

/** What a message occupies in memory, about, with its objects. */
export function bytesOf(message: KafkaMessage): number {
  return (message as unknown as FetchedMessage).bytes;
}

export function unreadPartOf(message: KafkaMessage): UnreadPart | undefined {
  return (message as unknown as FetchedMessage).unread;
}
