import type { KafkaMessage } from 'kafkajs';
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
