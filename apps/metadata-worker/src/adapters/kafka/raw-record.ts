import type { KafkaMessage } from 'kafkajs';
import type { RawRecord } from '@libs/domain';

/** The last millisecond of the year 9999. */
const LATEST_MS = 253_402_300_799_999;

/** A message as the domain knows it; its bytes are still slices of the broker's answer. */
export function toRecord(topic: string, partition: number, message: KafkaMessage): RawRecord {
  // On a topic that keeps its producers' times it may be any number.
  const timestampMs = Math.min(Math.max(Number(message.timestamp), 0), LATEST_MS);
  return {
    position: { topic, partition, offset: BigInt(message.offset) },
    timestamp: new Date(timestampMs),
    key: message.key,
    value: message.value,
    headers: (message.headers ?? {}) as RawRecord['headers'],
  };
}

/** kafkajs hands out slices of the broker's whole answer: one small record would keep all of it in memory. */
export function copyOf({ key, value, headers, ...rest }: RawRecord): RawRecord {
  const copied = Object.entries<unknown>(headers).map(([name, header]) => [
    name,
    Array.isArray(header) ? header.map(copyOfBytes) : copyOfBytes(header),
  ]);
  return {
    ...rest,
    key: copyOfBytes(key),
    value: copyOfBytes(value),
    headers: Object.fromEntries(copied) as RawRecord['headers'],
  };
}

function copyOfBytes(bytes: unknown): Buffer | null {
  return bytes instanceof Uint8Array ? Buffer.from(bytes) : null;
}
