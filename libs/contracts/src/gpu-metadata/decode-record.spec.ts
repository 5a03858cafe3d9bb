import { UnreadableRecord, type RawRecord } from '@libs/domain';
import { acceptedMetadata } from '@libs/domain/testing';
import { encodedRecord, packedBody, rawRecord, REFUSED_SUBMISSIONS, submissionBody } from '../testing';
import { decodeRecord } from './decode-record';
import { ORIGIN_HEADERS, REQUIRED_HEADERS } from '../stream/record-headers';

type Json = Record<string, unknown>;

const EVENT = acceptedMetadata();
const ENCODED = encodedRecord(EVENT);
const ORIGIN = {
  'origin-topic': 'gpu-metadata',
  'origin-partition': '5',
  'origin-offset': '9007199254740993',
};
function refusalOf(record: RawRecord): Pick<UnreadableRecord, 'code' | 'message'> | undefined {
  try {
    decodeRecord(record);
  } catch (error) {
    expect(error).toBeInstanceOf(UnreadableRecord);
    return error as UnreadableRecord;
  }
  return undefined;
}

const withValue = (value: string | Buffer): RawRecord =>
  rawRecord(ENCODED, { value: Buffer.from(value as string) });
const withFields = (changes: Json): RawRecord =>
  withValue(JSON.stringify({ ...(JSON.parse(ENCODED.value.toString()) as Json), ...changes }));

describe(decodeRecord.name, () => {
  it.each([1, 2048, 8192])('reads back %d values bit for bit', (dimension) => {
    const embedding = Float32Array.from({ length: dimension }, () => (Math.random() - 0.5) * 1e6);
    embedding[0] = -0;
    const decoded = decodeRecord(rawRecord(encodedRecord({ ...EVENT, embedding }))).metadata.embedding;
    expect(Buffer.from(decoded.buffer, decoded.byteOffset, decoded.byteLength)).toEqual(
      Buffer.from(embedding.buffer),
    );
  });

  it('reads a value that is a view of a larger buffer', () => {
    const larger = Buffer.concat([Buffer.from('xx'), ENCODED.value, Buffer.from('xx')]);
    const value = new Uint8Array(larger.buffer, larger.byteOffset + 2, ENCODED.value.length);
    expect(decodeRecord(rawRecord(ENCODED, { value })).metadata).toEqual(EVENT);
  });

  it('skips a byte order mark before the value', () => {
    expect(decodeRecord(withValue(`\ufeff${ENCODED.value.toString()}`)).metadata).toEqual(EVENT);
  });

  it('says of a value that is no JSON where and what', () => {
    expect(refusalOf(withValue('{"model":True}'))).toMatchObject({
      code: 'undecodable_record',
      message: 'the body is not JSON: unexpected "True" at line 1, column 10 (byte 9); JSON spells it true',
    });
  });

  it('takes a producer without key id for one of an API without keys', () => {
    expect(decodeRecord(withFields({ producer: {} })).metadata.producer).toEqual({ keyId: null });
  });

  it('measures the future from acceptedAt, so that a record stays readable', () => {
    const ahead = { acceptedAt: '2026-11-22T05:40:00.123Z', capturedAt: '2026-11-23T05:40:00.123Z' };
    expect(refusalOf(withFields(ahead))).toBeUndefined();
    expect(refusalOf(withFields({ ...ahead, capturedAt: '2026-11-23T05:40:00.124Z' }))?.code).toBe(
      'invalid_record',
    );
  });

  describe('refuses as undecodable', () => {
    it.each([
      ['a tombstone', null, 'tombstone'],
      ['an empty value', Buffer.alloc(0), 'undecodable_record'],
      ['text', Buffer.from('hello'), 'undecodable_record'],
      ['Latin-1', Buffer.from([0x22, 0xe9, 0x22]), 'undecodable_record'],
      ['17 levels', Buffer.from('['.repeat(17) + ']'.repeat(17)), 'undecodable_record'],
    ])('%s', (_, value, code) => {
      expect(refusalOf(rawRecord(ENCODED, { value }))?.code).toBe(code);
    });
  });

  it('refuses a later schemaVersion, whatever else the record holds', () => {
    expect(refusalOf(withFields({ schemaVersion: 2, model: 7 }))).toMatchObject({
      code: 'unknown_schema_version',
      message: 'this worker knows schemaVersion 1 to 1; got 2: upgrade the worker, then replay',
    });
  });

  it.each([
    [null, 'wrong_type: must be an integer; got null'],
    ['1', 'wrong_type: must be an integer; got a string of 1 characters'],
    [1.5, 'out_of_range: must be from 1 to 1'],
    [0, 'out_of_range: must be from 1 to 1'],
  ])('names schemaVersion %j as a fault of the record', (schemaVersion, fault) => {
    expect(refusalOf(withFields({ schemaVersion }))).toMatchObject({
      code: 'invalid_record',
      message: expect.stringContaining(`/schemaVersion ${fault}`),
    });
  });

  it('tells a record of something else what it lacks, however much it has', () => {
    const fields = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`k${index}`, index]));
    expect(refusalOf(withValue(JSON.stringify(fields)))).toMatchObject({
      code: 'invalid_record',
      message: '/schemaVersion required: is missing',
    });
  });

  it('refuses integers that JavaScript would change', () => {
    const value = String(ENCODED.value).replace(/"attributes":{/, '$&"seed":-4611686018427387905,');
    expect(refusalOf(withValue(value))).toMatchObject({
      code: 'invalid_record',
      message: expect.stringContaining('/attributes/seed integer_out_of_range'),
    });
  });

  describe('refuses as invalid', () => {
    it.each([
      ['an array', '[]', ' wrong_type'],
      ['null', 'null', ' wrong_type'],
    ])('%s', (_, value, fault) => {
      expect(refusalOf(withValue(value))).toMatchObject({
        code: 'invalid_record',
        message: expect.stringContaining(fault),
      });
    });

    it.each([
      ['no eventId', { eventId: undefined }, '/eventId required'],
      ['no tags', { tags: undefined }, '/tags required'],
      ['no attributes', { attributes: undefined }, '/attributes required'],
      ['null as eventId', { eventId: null }, '/eventId required'],
      ['null as tags', { tags: null }, '/tags required'],
      ['null as attributes', { attributes: null }, '/attributes required'],
      ['null as producer', { producer: null }, '/producer wrong_type'],
      ['null as acceptedAt', { acceptedAt: null }, '/acceptedAt wrong_type'],
      ['no producer', { producer: undefined }, '/producer required'],
      ['no acceptedAt', { acceptedAt: undefined }, '/acceptedAt required'],
      ['a number as acceptedAt', { acceptedAt: 1 }, '/acceptedAt wrong_type'],
      ['acceptedAt without offset', { acceptedAt: '2026-11-21T05:40:00' }, 'from 2000 on: it has no offset;'],
      [
        'acceptedAt a day ahead of the broker',
        { acceptedAt: '2026-11-22T05:40:00.124Z' },
        '/acceptedAt in_future',
      ],
      ['an empty key id', { producer: { keyId: '' } }, '/producer/keyId out_of_range'],
      ['an unknown field', { extra: 1 }, '/extra unknown_field'],
      ['an embedding that is not packed', { embedding: [1, 2] }, '/embedding wrong_type'],
    ])('%s', (_, changes, fault) => {
      const refusal = refusalOf(withFields(changes));
      expect(refusal).toMatchObject({ code: 'invalid_record', message: expect.stringContaining(fault) });
    });

    const objects = REFUSED_SUBMISSIONS.filter(({ faults }) => faults[0]?.[0] !== '');
    it.each(objects.map((refused) => [refused.name, refused] as const))(
      '%s, as the API does',
      (_, { body, text = JSON.stringify(body), faults }) => {
        const packed = text.replace(
          '"embedding":[0.5,-1.25,3]',
          `"embedding":${JSON.stringify(packedBody([1]))}`,
        );
        const added = JSON.stringify({
          schemaVersion: 1,
          acceptedAt: new Date().toISOString(),
          producer: {},
        });
        const value = Buffer.from(`${packed.slice(0, -1)},${added.slice(1)}`);
        // Some of the rows are ahead of the clock: the record must be of now, or acceptedAt is ahead of it too.
        const refusal = refusalOf(rawRecord(ENCODED, { value, timestamp: new Date() }));
        expect(refusal?.code).toBe('invalid_record');
        const shown = faults.filter(([pointer, code]) => refusal?.message.includes(`${pointer} ${code}: `));
        expect(shown).toHaveLength(Math.min(faults.length, 3));
      },
    );

    it('with a short message: three faults and the count of the rest', () => {
      const unknown = Object.fromEntries(
        Array.from({ length: 500 }, (_, index) => [`${index}`.padEnd(300, 'k'), 1]),
      );
      const message = refusalOf(withFields(unknown))?.message ?? '';
      expect(message).toMatch(/; and 497 more$/);
      expect(message.length).toBeLessThan(1000);
    });
  });

  describe('refuses for its headers', () => {
    it.each(REQUIRED_HEADERS)('a record without %s', (name) => {
      expect(refusalOf(rawRecord(ENCODED, { headers: { [name]: undefined } }))).toMatchObject({
        code: 'missing_header',
        message: `lacks ${name}`,
      });
    });

    it('a record with a header twice', () => {
      const record = rawRecord(ENCODED);
      const twice = { ...record, headers: { ...record.headers, ce_id: [ENCODED.key, ENCODED.key] } };
      expect(refusalOf(twice)).toMatchObject({ code: 'missing_header', message: 'lacks ce_id' });
    });

    it.each([
      ['no key', { key: null }],
      ['the key of another event', { key: Buffer.from('0198f0c0-0000-7000-8000-0000000000ff') }],
      ['a key that is no UTF-8', { key: Buffer.from([0xff]) }],
      ['the ce_id of another event', { headers: { ce_id: '0198f0c0-0000-7000-8000-0000000000ff' } }],
    ])('a record with %s', (_, changes) => {
      expect(refusalOf(rawRecord(ENCODED, changes))?.code).toBe('missing_header');
    });

    it('not a record without traceparent', () => {
      expect(refusalOf(rawRecord(ENCODED, { headers: { traceparent: undefined } }))).toBeUndefined();
    });
  });

  describe('with origin headers', () => {
    it('keeps the position where the record was first published', () => {
      expect(decodeRecord(rawRecord(ENCODED, { headers: ORIGIN }))).toEqual({
        metadata: EVENT,
        position: { topic: 'gpu-metadata', partition: 5, offset: 9007199254740993n },
        replayed: true,
      });
    });

    it.each<[string, Record<string, string | undefined>]>([
      ...Object.values(ORIGIN_HEADERS).map((name): [string, Record<string, undefined>] => [
        `no ${name}`,
        { [name]: undefined },
      ]),
      ['an empty topic', { 'origin-topic': '' }],
      ['a negative partition', { 'origin-partition': '-1' }],
      ['a fraction as offset', { 'origin-offset': '1.5' }],
      ['an offset past 64 bits', { 'origin-offset': '9'.repeat(20) }],
      ['an empty offset', { 'origin-offset': '' }],
    ])('refuses %s', (_, changes) => {
      const refusal = refusalOf(rawRecord(ENCODED, { headers: { ...ORIGIN, ...changes } }));
      expect(refusal).toMatchObject({
        code: 'missing_header',
        message: 'needs all of origin-topic, origin-partition, origin-offset',
      });
    });
  });

  it('reads what a producer of its own wrote with the fields of a body', () => {
    const { eventId } = EVENT;
    const body = submissionBody({ eventId: eventId.toUpperCase(), embedding: packedBody([1, 2]) });
    const value = JSON.stringify({
      ...body,
      schemaVersion: 1,
      acceptedAt: '2026-11-21T05:40:00Z',
      producer: {},
    });
    expect(decodeRecord(withValue(value)).metadata).toMatchObject({
      eventId,
      embedding: Float32Array.of(1, 2),
    });
  });
});
