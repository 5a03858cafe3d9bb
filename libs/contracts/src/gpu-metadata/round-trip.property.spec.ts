import fc from 'fast-check';
import { GPU_BACKENDS, SOURCE_KINDS } from '@libs/domain';
import { msgpackOf, rawRecord } from '../testing';
import { decodeRecord } from './decode-record';
import { packedJson, packEmbedding } from './embedding';
import { encodeRecord } from './encode-record';
import { readSubmission } from './read-submission';
import { normalizeDeviceName } from './rules';

const NOW = new Date('2026-11-21T05:40:00.250Z');

const text = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: 'binary', minLength, maxLength });
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });
const finite = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((value) => (Object.is(value, -0) ? 0 : value));
/** Left out, null or there. */
const nullable = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> =>
  optional(fc.option(value));
const version = nullable(text(0, 128));
const time = fc
  .date({ min: new Date('2000-01-01T00:00:00Z'), max: NOW, noInvalidDate: true })
  .map((date) => date.toISOString());
const attributeKey = fc
  .stringMatching(/^[A-Za-z0-9_./: -]{1,128}$/)
  .filter((key) => key !== '__proto__' && key !== 'constructor');

const submissions = fc.record({
  eventId: nullable(fc.uuid().map((id) => id.toUpperCase())),
  model: text(1, 128),
  embedding: fc
    .array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 64 })
    .map((values) => values.map((value) => (Object.is(value, -0) ? 0 : value))),
  gpu: fc.record({
    deviceName: text(1, 128).filter((name) => normalizeDeviceName(name) !== ''),
    backend: nullable(fc.constantFrom(...GPU_BACKENDS)),
    totalMemoryBytes: nullable(fc.maxSafeNat()),
    allocatedMemoryBytes: nullable(fc.maxSafeNat()),
    computeCapability: version,
    driverVersion: version,
    cudaVersion: version,
    hipVersion: version,
    torchVersion: version,
  }),
  capturedAt: time,
  source: nullable(
    fc.record({
      kind: fc.constantFrom(...SOURCE_KINDS),
      uri: nullable(text(0, 99)),
      name: nullable(text(0, 99)),
    }),
  ),
  tags: nullable(fc.array(text(0, 64), { maxLength: 32 })),
  attributes: nullable(
    fc.dictionary(attributeKey, fc.option(fc.oneof(text(0, 99), finite, fc.boolean())), { maxKeys: 64 }),
  ),
});

const parse = (body: object): ReturnType<typeof readSubmission> =>
  readSubmission(Buffer.from(JSON.stringify(body)), { now: NOW });
const parseMsgpack = (body: object): ReturnType<typeof readSubmission> =>
  readSubmission(msgpackOf(body), { now: NOW, format: 'msgpack' });

describe('Any valid submission', () => {
  it('is the same event with its embedding as numbers and packed', () => {
    fc.assert(
      fc.property(submissions, (body) => {
        const packed = { ...body, embedding: packedJson(Float32Array.from(body.embedding)) };
        expect(parse(packed)).toEqual(parse(body));
      }),
      { numRuns: 300 },
    );
  });

  it('is the same event in MessagePack, with its embedding as numbers or binary data', () => {
    fc.assert(
      fc.property(submissions, (body) => {
        const values = Float32Array.from(body.embedding);
        const binary = { ...body, embedding: new Uint8Array(values.buffer) };
        expect(parseMsgpack(body)).toEqual(parse(body));
        expect(parseMsgpack(binary)).toEqual(parse(body));
      }),
      { numRuns: 300 },
    );
  });

  it('comes out of its record as it went in', () => {
    fc.assert(
      fc.property(submissions, fc.uuid(), optional(text(1, 128)), (body, id, keyId) => {
        const submission = parse(body);
        const event = {
          ...submission,
          eventId: submission.eventId ?? id,
          acceptedAt: NOW,
          producer: { keyId: keyId ?? null },
        };
        const delivered = decodeRecord(rawRecord(encodeRecord(event)));
        const { embedding, ...rest } = delivered.metadata;
        expect({ ...rest, embedding: packEmbedding(embedding) }).toStrictEqual(event);
        expect(delivered.replayed).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});
