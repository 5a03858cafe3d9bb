import type { RawRecord } from '@libs/domain';

interface Changes extends Partial<Pick<RawRecord, 'value'>> {
  /** TOPIC:PARTITION:OFFSET */
  readonly at?: string;
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A record with text headers; name only what the test is about. */
export function sampleRecord({ at = 't:0:0', key = 'k', value, headers = {} }: Changes = {}): RawRecord {
  const [topic = '', partition, offset = '0'] = at.split(':');
  const bytes = Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]);
  return {
    position: { topic, partition: Number(partition), offset: BigInt(offset) },
    key: key === null ? null : Buffer.from(key),
    value: value === undefined ? Buffer.from('{}') : value,
    headers: Object.fromEntries(bytes) as RawRecord['headers'],
    timestamp: new Date('2026-11-21T05:00:00.000Z'),
  };
}

/** Headers of a dead letter of the record at TOPIC:PARTITION:OFFSET. */
export function letterHeaders(at: string, code = 'invalid_record'): Record<string, string> {
  const [topic = '', partition = '', offset = ''] = at.split(':');
  return { 'dlq-code': code, 'dlq-topic': topic, 'dlq-partition': partition, 'dlq-offset': offset };
}

/** Headers of a copy of the record at TOPIC:PARTITION:OFFSET. */
export function originHeaders(at: string): Record<string, string> {
  const [topic = '', partition = '', offset = ''] = at.split(':');
  return { 'origin-topic': topic, 'origin-partition': partition, 'origin-offset': offset };
}
