import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { InvalidMetadata, UnreadableRecord, type RawRecord } from '@libs/domain';
import { GPU_METRICS, GPU_METRICS_SCHEMA } from '../gpu-metrics/gpu-metrics';
import { ORIGIN_HEADERS, PRODUCER_KEY_ID } from '../stream/record-headers';
import {
  gpuMetricsBody,
  msgpackOf,
  rawRecord,
  REFUSED_GPU_METRICS,
  REFUSED_TOKEN_USAGE,
  tokenUsageBody,
  type RefusedLineage,
} from '../testing';
import { TOKEN_USAGE, TOKEN_USAGE_SCHEMA } from '../token-usage/token-usage';
import { encodeLineage } from './encode-lineage';
import { LineageContract } from './lineage-contract';

const NOW = new Date('2026-11-21T05:40:00.250Z');
const bytesOf = (body: unknown): Buffer => Buffer.from(JSON.stringify(body));
const record = (value: Buffer | null, headers: Record<string, string> = {}): RawRecord =>
  rawRecord({ key: null, value: value ?? Buffer.alloc(0), headers }, { value });

function compile(schema: object): ValidateFunction {
  const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, strict: true });
  addFormats(ajv);
  return ajv.compile(schema);
}

function refusalOf(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

interface Contract {
  readonly name: string;
  readonly contract: Pick<typeof GPU_METRICS | typeof TOKEN_USAGE, 'read' | 'decode'>;
  readonly schema: object;
  readonly bodyOf: (changes?: Record<string, unknown>) => Record<string, unknown>;
  readonly refused: readonly RefusedLineage[];
}

const CONTRACTS: readonly Contract[] = [
  {
    name: 'gpu-metrics',
    contract: GPU_METRICS,
    schema: GPU_METRICS_SCHEMA,
    bodyOf: gpuMetricsBody,
    refused: REFUSED_GPU_METRICS,
  },
  {
    name: 'token-usage',
    contract: TOKEN_USAGE,
    schema: TOKEN_USAGE_SCHEMA,
    bodyOf: tokenUsageBody,
    refused: REFUSED_TOKEN_USAGE,
  },
];

describe.each(CONTRACTS)(`${LineageContract.name} $name`, ({ name, contract, schema, bodyOf, refused }) => {
  const published = compile(schema);
  const cases = refused.map((one) => [one.name, one] as const);

  it.each(cases)('refuses a body for %s', (_, { body, text = JSON.stringify(body), faults }) => {
    const refusal = refusalOf(() => contract.read(Buffer.from(text), { now: new Date() }));
    expect(refusal).toBeInstanceOf(InvalidMetadata);
    const found = (refusal as InvalidMetadata).violations.map(({ pointer, code }) => [pointer, code]);
    expect(found.sort()).toEqual(faults.map(([...fault]) => fault).sort());
  });

  it.each(cases)('refuses a record for %s', (_, { body, text = JSON.stringify(body), faults }) => {
    const refusal = refusalOf(() => contract.decode(record(Buffer.from(text))));
    expect(refusal).toBeInstanceOf(UnreadableRecord);
    const { code, message } = refusal as UnreadableRecord;
    expect(code).toBe('invalid_record');
    const shown = faults.filter(([pointer, fault]) => message.includes(`${pointer} ${fault}: `));
    expect(shown).toHaveLength(Math.min(faults.length, 3));
  });

  it.each(cases)('has a schema that agrees on %s, or says it cannot', (_, { body, text, beyondSchema }) => {
    expect(published(JSON.parse(text ?? JSON.stringify(body)))).toBe(beyondSchema ?? false);
  });

  it.each<[string, Record<string, unknown>]>([
    ['every named field', {}],
    ['64 fields besides', Object.fromEntries(Array.from({ length: 64 }, (_, at) => [`a${at}`, null]))],
    [
      'the largest and smallest values',
      { a: Number.MAX_VALUE, b: -5e-324, c: '😀'.repeat(1024), d: '', e: false },
    ],
    ['names of other types', { toString: 'x', hasOwnProperty: 1, length: 3, '0': 0, ['k'.repeat(64)]: 1 }],
    ['a ts with an offset', { ts: '2026-11-21T07:39:39.000+02:00' }],
  ])('accepts, as its schema does, %s', (_, changes) => {
    const { ts, additional } = contract.read(bytesOf(bodyOf(changes)), { now: NOW }).event;
    expect(ts).toEqual(new Date('2026-11-21T05:39:39.000Z'));
    const { ts: _ts, ...others } = changes;
    expect(additional).toEqual(others);
    published(bodyOf(changes));
    expect(published.errors).toBeNull();
  });

  it('has a schema that is current (npm run schemas writes it)', () => {
    const file = join(__dirname, '..', '..', 'schemas', `${name}.v1.schema.json`);
    expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify(schema, null, 2)}\n`);
  });

  it.each([
    ['a tombstone', null, 'tombstone'],
    ['an empty value', Buffer.alloc(0), 'undecodable_record'],
    ['text', Buffer.from('hello'), 'undecodable_record'],
    ['Latin-1', Buffer.from([0x22, 0xe9, 0x22]), 'undecodable_record'],
    ['17 levels', Buffer.from('['.repeat(17) + ']'.repeat(17)), 'undecodable_record'],
    [
      'one with an integer that JavaScript would change',
      Buffer.from('{"id":9007199254740993}'),
      'invalid_record',
    ],
  ])('refuses a record that is %s', (_, value, code) => {
    expect(refusalOf(() => contract.decode(record(value)))).toMatchObject({
      code,
      name: UnreadableRecord.name,
    });
  });

  it('reads a record as it reads the body, at the position it came from', () => {
    const body = bytesOf(bodyOf({ job: 7 }));
    const { event, position } = contract.decode(record(body));
    expect(event).toEqual(contract.read(bytesOf(bodyOf({ job: 7 })), { now: NOW }).event);
    expect(position).toEqual({ topic: 'gpu-metadata', partition: 3, offset: 42n });
  });

  it('skips a byte order mark before the value', () => {
    const body = bytesOf(bodyOf());
    const marked = Buffer.concat([Buffer.from('\ufeff'), body]);
    expect(contract.decode(record(marked)).event).toEqual(contract.decode(record(body)).event);
  });

  it('keeps the position where a replayed record was first published', () => {
    const origin = { 'origin-topic': 'x.v1', 'origin-partition': '5', 'origin-offset': '9007199254740993' };
    const { position } = contract.decode(record(bytesOf(bodyOf()), origin));
    expect(position).toEqual({ topic: 'x.v1', partition: 5, offset: 9007199254740993n });
    const broken = refusalOf(() =>
      contract.decode(record(bytesOf(bodyOf()), { ...origin, [ORIGIN_HEADERS.offset]: '-1' })),
    );
    expect(broken).toMatchObject({ code: 'missing_header' });
  });

  it("reads whose a record is from its header, and nobody's from a record without one", () => {
    const producerOf = (headers: Record<string, string>): unknown =>
      contract.decode(record(bytesOf(bodyOf()), headers)).producer;
    expect(producerOf({ [PRODUCER_KEY_ID]: 'node_1.A-b' })).toEqual({ keyId: 'node_1.A-b' });
    expect(producerOf({ ce_id: 'x' })).toEqual({ keyId: null });
  });

  it.each([
    ['is empty', Buffer.alloc(0)],
    ['holds the @ that sets it off in an _id', Buffer.from('a@b')],
    ['is no text', Buffer.from([0xff])],
    ['is too long', Buffer.alloc(129, 'a')],
    ['comes twice', [Buffer.from('a'), Buffer.from('b')]],
  ])('refuses a record whose header of its producer %s', (_, header) => {
    const sound = record(bytesOf(bodyOf()));
    const broken = { ...sound, headers: { ...sound.headers, [PRODUCER_KEY_ID]: header } };
    expect(refusalOf(() => contract.decode(broken))).toMatchObject({ code: 'missing_header' });
  });

  it('gives the same identity to a value written in another order, and another to another moment', () => {
    const idOf = (body: object): string => contract.read(bytesOf(body), { now: NOW }).event.id;
    const nameless = bodyOf({ event_id: undefined, 9: 1, 10: 2 });
    const turned = Object.fromEntries(Object.entries(nameless).toReversed());
    expect(idOf(turned)).toBe(idOf(nameless));
    expect(idOf({ ...nameless, ts: '2026-11-21T05:39:39.001Z' })).not.toBe(idOf(nameless));
  });
});

describe('The identity of a reading', () => {
  const idOf = (changes: Record<string, unknown>): string =>
    GPU_METRICS.read(bytesOf(gpuMetricsBody(changes)), { now: NOW }).event.id;

  it('is host, GPU and moment, however the moment is written and whatever else was read', () => {
    const ids = [{}, { ts: '2026-11-21T07:39:39+02:00' }, { power_w: null, job: 'x' }].map(idOf);
    expect(new Set(ids)).toEqual(new Set(['node-1/0/2026-11-21T05:39:39.000Z']));
  });

  it('tells a host with a slash from another GPU', () => {
    expect(idOf({ host: 'a/1', gpu_index: 2 })).not.toBe(idOf({ host: 'a', gpu_index: 1 }));
  });
});

describe('The identity of a usage', () => {
  const idOf = (changes: Record<string, unknown>): string =>
    TOKEN_USAGE.read(bytesOf(tokenUsageBody(changes)), { now: NOW }).event.id;
  const nameless = (changes: Record<string, unknown> = {}): string => idOf({ event_id: null, ...changes });

  it('is its event_id in lower case, whatever else it holds', () => {
    const id = '0198F0C0-0000-7000-8000-00000000000A';
    expect([idOf({ event_id: id }), idOf({ event_id: id, prompt_tokens: 1 })]).toEqual([
      id.toLowerCase(),
      id.toLowerCase(),
    ]);
  });

  it('is else the digest of its value, in which null and missing are the same', () => {
    expect(nameless()).toMatch(/^[0-9a-f]{64}$/);
    expect(idOf({ event_id: undefined, job: null })).toBe(nameless());
    expect(nameless({ cost_per_token: null })).toBe(nameless({ cost_per_token: undefined }));
  });

  it.each<[string, Record<string, unknown>]>([
    ['one token', { prompt_tokens: 513 }],
    ['a field besides', { job: 7 }],
    ['the type of a field besides', { job: '7' }],
    ['a digit of ts past the millisecond', { ts: '2026-11-21T05:39:39.0001Z' }],
  ])('is another where %s differs', (_, changes) => {
    expect(new Set([nameless(), nameless({ job: 8 }), nameless(changes)]).size).toBe(3);
  });
});

describe('Idempotency-Key of a usage', () => {
  const key = '0198F0C0-0000-7000-8000-0000000000FF';
  const faultsOf = (changes: Record<string, unknown>, header: string): unknown => {
    const idempotencyKey = { header, keyId: 'meter' };
    const refusal = refusalOf(() =>
      TOKEN_USAGE.read(bytesOf(tokenUsageBody(changes)), { now: NOW, idempotencyKey }),
    );
    return (refusal as InvalidMetadata).violations.map(({ pointer, code }) => [pointer, code]);
  };

  it.each([undefined, null])(
    'is its event_id where the body has %s, in what is published too',
    (event_id) => {
      const body = tokenUsageBody({ event_id });
      const idempotencyKey = { header: `"${key}"`, keyId: 'meter' };
      const { event, written } = TOKEN_USAGE.read(bytesOf(body), { now: NOW, idempotencyKey });
      expect([event.id, written.event_id]).toEqual([key.toLowerCase(), key.toLowerCase()]);
    },
  );

  it('may repeat the event_id of the body, which is published as it was written', () => {
    const { written } = TOKEN_USAGE.read(bytesOf(tokenUsageBody({ event_id: key })), {
      now: NOW,
      idempotencyKey: { header: key.toLowerCase(), keyId: 'meter' },
    });
    expect(written.event_id).toBe(key);
  });

  it('becomes a UUID of key id and text where it is none, in what is published too', () => {
    const usages = ['meter', 'meter', 'other', null].map((keyId) =>
      TOKEN_USAGE.read(bytesOf(tokenUsageBody({ event_id: null })), {
        now: NOW,
        idempotencyKey: { header: 'call-17', keyId },
      }),
    );
    const ids = usages.map(({ event }) => event.id);
    expect(usages.map(({ written }) => written.event_id)).toEqual(ids);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect([ids[0] === ids[1], new Set(ids).size]).toEqual([true, 3]);
  });

  it('is refused where it names another call or holds a space', () => {
    expect(faultsOf({}, key)).toEqual([['/event_id', 'event_id_mismatch']]);
    expect(faultsOf({}, 'again')).toEqual([['/event_id', 'event_id_mismatch']]);
    expect(faultsOf({}, 'try again')).toEqual([['/event_id', 'invalid_format']]);
    expect(faultsOf({ event_id: 7 }, key)).toEqual([['/event_id', 'wrong_type']]);
  });

  it('says nothing about a reading, whose fields name it', () => {
    const { written } = GPU_METRICS.read(bytesOf(gpuMetricsBody()), {
      now: NOW,
      idempotencyKey: { header: key, keyId: null },
    });
    expect(written).toEqual(gpuMetricsBody());
  });
});

describe(encodeLineage.name, () => {
  it.each([
    ['gpu.metrics.v1', 'gpu-metrics.accepted.v1', GPU_METRICS, gpuMetricsBody({ job: 7 })],
    [
      'token.usage.v1',
      'token-usage.accepted.v1',
      TOKEN_USAGE,
      tokenUsageBody({ event_id: undefined, job: 'x' }),
    ],
  ] as const)(
    'writes to %s what a consumer reads as the same event, keyed by its identity',
    (topic, type, contract, body) => {
      const submission = contract.read(bytesOf(body), { now: NOW });
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const producer = { keyId: 'meter' };
      const encoded = encodeLineage({ ...submission, acceptedAt: NOW, producer }, traceparent);
      expect(encoded).toMatchObject({
        topic,
        headers: {
          ce_specversion: '1.0',
          ce_id: submission.event.id,
          ce_type: type,
          ce_source: '/processor-api',
          ce_time: NOW.toISOString(),
          'content-type': 'application/json',
          traceparent,
          'producer-key-id': 'meter',
        },
      });
      expect(encoded.key.toString()).toBe(submission.event.id);
      expect(contract.decode(rawRecord(encoded))).toMatchObject({ event: submission.event, producer });
      const keyless = encodeLineage({ ...submission, acceptedAt: NOW, producer: { keyId: null } });
      expect(keyless.headers).not.toHaveProperty('producer-key-id');
    },
  );

  it('gives a usage without event_id one digest, came it as JSON or as MessagePack', () => {
    const body = tokenUsageBody({
      event_id: undefined,
      ratio: 0.1,
      big: 2 ** 53,
      zero: -0,
      note: '\ufeff' + 'é'.repeat(300),
    });
    const fromJson = TOKEN_USAGE.read(bytesOf(body), { now: NOW });
    const fromMsgpack = TOKEN_USAGE.read(msgpackOf(body), { now: NOW, format: 'msgpack' });
    expect(fromMsgpack.event.id).toBe(fromJson.event.id);
  });
});
