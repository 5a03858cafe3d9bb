import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { difference, unpack } from '../vectors/float32-vector';
import { packedBody, parsePhotoRecords, plainBody, type PhotoRecord } from './photo-record';

const SAMPLE = readFileSync(join(__dirname, 'sample.ndjson'), 'utf8');

function sampleRecord(): PhotoRecord {
  return parsePhotoRecords(SAMPLE)[0]!;
}

describe(parsePhotoRecords.name, () => {
  it('reads the committed sample: 2048 finite values each, every event id once', () => {
    const records = parsePhotoRecords(SAMPLE);
    expect(records).toHaveLength(4);
    expect(new Set(records.map(({ eventId }) => eventId)).size).toBe(4);
    for (const record of records) {
      const values = unpack(record.embedding);
      expect(values).toHaveLength(2048);
      expect(values.every((value) => Number.isFinite(value) && !Object.is(value, -0))).toBe(true);
    }
  });

  it('refuses a line that is no record', () => {
    expect(() => parsePhotoRecords('{"eventId":"1"}\n')).toThrow();
  });
});

describe('the two forms of a body', () => {
  it('carry the same vector, bit for bit', () => {
    const record = sampleRecord();
    const plain = JSON.parse(plainBody(record)) as { embedding: number[] };
    const packed = JSON.parse(packedBody(record)) as PhotoRecord;
    expect(difference(unpack(packed.embedding), plain.embedding)).toBeUndefined();
  });

  it('keep the fields the demo itself does not read', () => {
    const record = sampleRecord();
    const written = JSON.parse(SAMPLE.split('\n')[0]!) as Record<string, unknown>;
    expect(JSON.parse(packedBody(record))).toEqual(written);
    expect(JSON.parse(plainBody(record))).toEqual({ ...written, embedding: unpack(record.embedding) });
  });
});
