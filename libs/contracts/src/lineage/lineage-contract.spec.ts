import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { InvalidMetadata, UnreadableRecord, type RawRecord } from '@libs/domain';
import { GPU_METRICS } from '../gpu-metrics/gpu-metrics';
import { GPU_METRICS_SCHEMA } from '../gpu-metrics/json-schema';
import { ORIGIN_HEADERS } from '../stream/record-origin';
import {
  gpuMetricsBody,
  rawRecord,
  REFUSED_GPU_METRICS,
  REFUSED_TOKEN_USAGE,
  tokenUsageBody,
  type RefusedLineage,
} from '../testing';
import { TOKEN_USAGE_SCHEMA } from '../token-usage/json-schema';
import { TOKEN_USAGE } from '../token-usage/token-usage';
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
  readonly contract: Pick<typeof GPU_METRICS | typeof TOKEN_USAGE, 'parse' | 'decode'>;
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
    const refusal = refusalOf(() => contract.parse(Buffer.from(text), new Date()));
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
    const { ts, additional } = contract.parse(bytesOf(bodyOf(changes)), NOW);
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
  ])('refuses a record that is %s', (_, value, code) => {
    expect(refusalOf(() => contract.decode(record(value)))).toMatchObject({
      code,
      name: UnreadableRecord.name,
    });
  });

  it('reads a record as it reads the body, at the position it came from', () => {
    const body = bytesOf(bodyOf({ job: 7 }));
    const { event, position } = contract.decode(record(body));
    expect(event).toEqual(contract.parse(body, NOW));
    expect(position).toEqual({ topic: 'gpu-metadata', partition: 3, offset: 42n });
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

  it('gives the same identity to a value written in another order, and another to another moment', () => {
    const idOf = (body: object): string => contract.parse(bytesOf(body), NOW).id;
    const nameless = bodyOf({ event_id: undefined, 9: 1, 10: 2 });
    const turned = Object.fromEntries(Object.entries(nameless).toReversed());
    expect(idOf(turned)).toBe(idOf(nameless));
    expect(idOf({ ...nameless, ts: '2026-11-21T05:39:39.001Z' })).not.toBe(idOf(nameless));
  });
});

describe('The identity of a reading', () => {
  const idOf = (changes: Record<string, unknown>): string =>
    GPU_METRICS.parse(bytesOf(gpuMetricsBody(changes)), NOW).id;

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
    TOKEN_USAGE.parse(bytesOf(tokenUsageBody(changes)), NOW).id;
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
