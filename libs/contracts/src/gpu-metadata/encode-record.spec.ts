import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { acceptedMetadata } from '@libs/domain/testing';
import { encodedRecord, NEWEST_GOLDEN_RECORD, rawRecord } from '../testing';
import { decodeRecord } from './decode-record';
import { encodeRecord } from './encode-record';

interface Golden {
  readonly key: string;
  readonly headers: Record<string, string>;
  readonly value: object;
}

const golden = JSON.parse(
  readFileSync(join(__dirname, 'golden', 'v1', NEWEST_GOLDEN_RECORD), 'utf8'),
) as Golden;

describe(encodeRecord.name, () => {
  it('writes the golden record byte for byte', () => {
    const record = {
      key: Buffer.from(golden.key),
      value: Buffer.from(JSON.stringify(golden.value)),
      headers: golden.headers,
    };
    const { metadata } = decodeRecord(rawRecord(record));
    expect(encodedRecord(metadata, golden.headers.traceparent)).toEqual(record);
  });

  it('takes the eventId for key and ce_id, and acceptedAt for ce_time', () => {
    const event = acceptedMetadata();
    const { key, headers } = encodedRecord(event);
    expect(key.toString()).toBe(event.eventId);
    expect(headers).toMatchObject({ ce_id: event.eventId, ce_time: '2026-11-21T05:40:00.000Z' });
  });

  it('begins a trace of its own, unsampled, where none came with the request', () => {
    const traces = [1, 2].map(() => encodedRecord(acceptedMetadata()).headers.traceparent);
    for (const trace of traces) expect(trace).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-00$/);
    expect(traces[0]).not.toBe(traces[1]);
  });

  it('leaves source out where there is none', () => {
    const { source: _source, ...event } = acceptedMetadata({ source: { kind: 'log' } });
    expect(JSON.parse(encodedRecord(event).value.toString())).not.toHaveProperty('source');
  });

  it('stays under the default message.max.bytes (1,048,588) with every field at its limit', () => {
    const wide = (characters: number): string => '😀'.repeat(characters);
    const attributes = Object.fromEntries(
      Array.from({ length: 64 }, (_, index) => [String(index).padStart(64, 'k'), wide(1024)]),
    );
    const event = acceptedMetadata({
      model: wide(128),
      embedding: new Float32Array(8192).fill(Math.PI),
      source: { kind: 'table', uri: wide(2048), name: wide(256) },
      tags: Array.from({ length: 32 }, () => wide(64)),
      attributes,
    });
    const { key, value } = encodedRecord(event);
    expect(key.length + value.length).toBeLessThan(400_000);
  });
});
