import type { KafkaMessage } from 'kafkajs';
import type { RawRecord } from '@libs/domain';

/** The last millisecond of the year 9999. */
const LATEST_MS = 253_402_300_799_999;

/** A message as the domain knows it; its bytes are still slices of the broker's answer. */
export function toRawRecord(topic: string, partition: number, message: KafkaMessage): RawRecord {
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
