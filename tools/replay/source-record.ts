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

/** A header's text; undefined where it is missing or there more than once. */
export function headerText({ headers }: Pick<RawRecord, 'headers'>, name: string): string | undefined {
  const value = headers[name];
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : undefined;
}

export function keyText({ key }: Pick<RawRecord, 'key'>): string | undefined {
  return key === null ? undefined : Buffer.from(key).toString('utf8');
}
