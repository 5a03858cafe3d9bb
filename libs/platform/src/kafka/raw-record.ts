import type { KafkaMessage } from 'kafkajs';
import { UnreadableRecord, type HeaderValue, type RawRecord } from '@libs/domain';
import { unreadPartOf } from './protocol/fetched-message';

type Headers = RawRecord['headers'];

/** The last millisecond of the year 9999. */
const LATEST_MS = 253_402_300_799_999;

/** A message as the domain knows it; its bytes are still slices of the broker's answer. */
export function toRawRecord(topic: string, partition: number, message: KafkaMessage): RawRecord {
  // On a topic that keeps its producers' times it may be any number.
  const timestampMs = Math.min(Math.max(Number(message.timestamp), 0), LATEST_MS);
  const unread = unreadPartOf(message);
  return {
    position: { topic, partition, offset: BigInt(message.offset) },
    timestamp: new Date(timestampMs),
    key: message.key,
    value: message.value,
    headers: (message.headers ?? {}) as Headers,
    ...(unread && {
      unread: { error: new UnreadableRecord(unread.code, unread.reason), lastOffset: unread.lastOffset },
    }),
  };
}

/** A record with bytes of its own: one small record would otherwise keep the broker's whole answer in memory. */
export function copyOfRecord({ key, value, headers, ...rest }: RawRecord): RawRecord {
  return {
    ...rest,
    key: key && Buffer.from(key),
    value: value && Buffer.from(value),
    headers: mapHeaders(headers, (bytes) => bytes && Buffer.from(bytes)),
  };
}

/** Headers as kafkajs can write them: it reads a header without a value as null and throws when it is to write it. */
export function encodableHeaders(headers: Headers): Record<string, Buffer | Buffer[]> {
  return mapHeaders(headers, (bytes) => (bytes as Buffer | null) ?? Buffer.alloc(0));
}

/** Any name may come: the result has no prototype, like what was read. */
function mapHeaders<Value>(
  headers: Headers,
  map: (bytes: HeaderValue) => Value,
): Record<string, Value | Value[]> {
  const mapped = Object.create(null) as Record<string, Value | Value[]>;
  for (const [name, header] of Object.entries(headers)) {
    mapped[name] = isRepeated(header) ? header.map(map) : map(header);
  }
  return mapped;
}

function isRepeated(header: Headers[string]): header is readonly HeaderValue[] {
  return Array.isArray(header);
}
