import type { KafkaMessage } from 'kafkajs';
import type { RawRecord } from '@libs/domain';

/** A record as it lies on a topic, with the broker's time. */
export interface SourceRecord extends RawRecord {
  readonly timestamp: Date;
}

export function toSourceRecord(topic: string, partition: number, message: KafkaMessage): SourceRecord {
  return {
    position: { topic, partition, offset: BigInt(message.offset) },
    key: message.key,
    value: message.value,
    headers: (message.headers ?? {}) as RawRecord['headers'],
    timestamp: new Date(Number(message.timestamp)),
  };
}

/** The key as text; undefined of a record without one. */
export function keyText({ key }: Pick<RawRecord, 'key'>): string | undefined {
  return key === null ? undefined : Buffer.from(key).toString('utf8');
}
