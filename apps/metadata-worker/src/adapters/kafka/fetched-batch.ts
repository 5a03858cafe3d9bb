import type { Batch, KafkaMessage } from 'kafkajs';
import { bytesOf } from '@libs/platform';

export interface PartLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/** Cuts a fetched batch into parts within the limits; a record larger than `maxBytes` is a part of its own. */
export function* messageParts(
  messages: readonly KafkaMessage[],
  { maxRecords, maxBytes }: PartLimits,
): Generator<KafkaMessage[]> {
  let part: KafkaMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = bytesOf(message);
    if (part.length > 0 && (part.length >= maxRecords || bytes + size > maxBytes)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(message);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

/** Where to go on after `offset`: behind the last record there may be marks of transactions, which kafkajs skips. */
export function nextOffset(batch: Batch, offset: string): bigint {
  const isLast = offset === batch.messages.at(-1)?.offset;
  return BigInt(isLast ? batch.lastOffset() : offset) + 1n;
}

/** Where the broker was asked to read; the first record may come later, in a topic with transactions. */
export function fetchedOffset(batch: Batch): bigint {
  return BigInt((batch as unknown as { fetchedOffset: string }).fetchedOffset);
}
