import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { acceptedMetadata } from '@libs/domain/testing';
import { encodedRecord, gpuBody, packedBody, REFUSED_SUBMISSIONS, submissionBody } from '../testing';
import { RECORD_SCHEMA, SUBMISSION_SCHEMA } from './json-schema';
import { readSubmission } from './read-submission';

const SCHEMAS = join(__dirname, '..', '..', 'schemas');
const read = (...path: string[]): unknown => JSON.parse(readFileSync(join(__dirname, ...path), 'utf8'));

function compile(schema: object): ValidateFunction {
  const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, strict: true });
  addFormats(ajv);
  return ajv.compile(schema);
}

function contractAccepts(text: string): boolean {
  try {
    readSubmission(Buffer.from(text), { now: new Date() });
    return true;
  } catch {
    return false;
  }
}

const submission = compile(SUBMISSION_SCHEMA);
const record = compile(RECORD_SCHEMA);

describe('The published schemas', () => {
  it.each([
    ['gpu-metadata-submission.v1.schema.json', SUBMISSION_SCHEMA],
    ['gpu-metadata-record.v1.schema.json', RECORD_SCHEMA],
  ])('%s is current (npm run schemas writes it)', (name, schema) => {
    expect(readFileSync(join(SCHEMAS, name), 'utf8')).toBe(`${JSON.stringify(schema, null, 2)}\n`);
  });
});

describe('SUBMISSION_SCHEMA', () => {
  it.each(REFUSED_SUBMISSIONS.map((refused) => [refused.name, refused] as const))(
    'agrees with the contract on %s, or says it cannot',
    (_, { body, text = JSON.stringify(body), beyondSchema }) => {
      expect(contractAccepts(text)).toBe(false);
      expect(submission(JSON.parse(text))).toBe(beyondSchema ?? false);
    },
  );

  it.each(['submission-full.json', 'submission-minimal.json', 'submission-packed.json'])(
    'accepts %s',
    (name) => {
      submission(read('golden', name));
      expect(submission.errors).toBeNull();
    },
  );

  it.each([
    [
      'every text at its limit in characters outside the BMP',
      { model: '😀'.repeat(128), tags: ['😀'.repeat(64)] },
    ],
    ['a text with line breaks', { model: 'a\r\nb\u2028c' }],
    [
      'an empty tag, uri, name and attribute',
      { tags: [''], source: { kind: 'log', uri: '', name: '' }, attributes: { a: '' } },
    ],
    [
      'null wherever the runtime cannot tell',
      { gpu: gpuBody({ totalMemoryBytes: null, cudaVersion: null }) },
    ],
    [
      'null for all that may be left out',
      {
        eventId: null,
        source: { kind: 'log', uri: null, name: null },
        tags: null,
        attributes: null,
        gpu: gpuBody({ backend: null, driverVersion: null, hipVersion: null }),
      },
    ],
    ['null as source', { source: null }],
    ['null as attribute', { attributes: { loss: null } }],
    [
      'names of experiment trackers',
      { attributes: { 'eval/loss': 1, 'model.type': 'cnn', 'test acc': 1, ' .:': 1 } },
    ],
    ['a name of 128', { attributes: { ['n'.repeat(128)]: 1 } }],
    ['every backend', { gpu: gpuBody({ backend: 'xpu' }) }],
    ['versions of 128', { gpu: gpuBody({ driverVersion: 'v'.repeat(128), hipVersion: 'v'.repeat(128) }) }],
    ['more allocated than total', { gpu: gpuBody({ totalMemoryBytes: 1, allocatedMemoryBytes: 2 }) }],
    ['a device between blanks', { gpu: gpuBody({ deviceName: '\ufeff Tesla T4\u0000' }) }],
    ['a device of 128 between blanks', { gpu: gpuBody({ deviceName: `${'😀 '.repeat(63)}\u200b😀x \n` }) }],
    ['a device in Chinese', { gpu: gpuBody({ deviceName: '昇腾' }) }],
    ['a space for the T, and a small z', { capturedAt: '2026-11-21 05:39:39z' }],
    ['the largest memory', { gpu: gpuBody({ totalMemoryBytes: 2 ** 53 - 1, allocatedMemoryBytes: 0 }) }],
    ['the largest attribute', { attributes: { a: Number.MAX_VALUE, b: -Number.MAX_VALUE } }],
    ['8192 numbers', { embedding: Array.from({ length: 8192 }, () => 0.5) }],
    ['8192 packed values', { embedding: packedBody(Array.from({ length: 8192 }, () => Math.PI)) }],
    ['a number that just rounds to a float32', { embedding: [3.4028235677973362e38, -1e-300] }],
    ['the last day of 1999 west of Greenwich', { capturedAt: '1999-12-31T23:30:00-01:00' }],
    ['an eventId in upper case', { eventId: '0198F0C0-0000-7000-8000-00000000000A' }],
    [
      '64 attributes',
      { attributes: Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`a${i}`, true])) },
    ],
  ])('accepts, as the contract does, %s', (_, changes) => {
    const text = JSON.stringify(submissionBody(changes));
    expect(contractAccepts(text)).toBe(true);
    submission(JSON.parse(text));
    expect(submission.errors).toBeNull();
  });

  it.each([1, 2, 3, 4, 5, 6, 7])('accepts %d packed values', (count) => {
    const values = Array.from({ length: count }, (_, index) => Math.E ** index);
    expect(submission(submissionBody({ embedding: packedBody(values) }))).toBe(true);
  });
});

describe('RECORD_SCHEMA', () => {
  const encoded = (): Record<string, unknown> =>
    JSON.parse(encodedRecord(acceptedMetadata()).value.toString()) as Record<string, unknown>;

  it.each(['full.json', 'rocm-and-tracker-names.json', 'nulls-and-blanks-of-another-producer.json'])(
    'accepts the golden record %s',
    (name) => {
      record((read('golden', 'v1', name) as { value: unknown }).value);
      expect(record.errors).toBeNull();
    },
  );

  it('accepts what encodeRecord writes', () => {
    record(encoded());
    expect(record.errors).toBeNull();
  });

  it.each([
    ['an embedding that is not packed', { embedding: [1] }],
    ['another schemaVersion', { schemaVersion: 2 }],
    ['no eventId', { eventId: undefined }],
    ['no tags', { tags: undefined }],
    ['null as tags', { tags: null }],
    ['null as attributes', { attributes: null }],
    ['null as eventId', { eventId: null }],
    ['no producer', { producer: undefined }],
    ['an empty key id', { producer: { keyId: '' } }],
    ['an unknown field', { extra: 1 }],
  ])('refuses %s', (_, changes) => {
    expect(record(JSON.parse(JSON.stringify({ ...encoded(), ...changes })))).toBe(false);
  });
});
