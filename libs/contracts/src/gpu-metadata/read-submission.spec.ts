import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidMetadata, type PackedEmbedding } from '@libs/domain';
import { gpuBody, msgpackOf, packedBody, REFUSED_SUBMISSIONS, submissionBody } from '../testing';
import { packEmbedding } from './embedding';
import { readSubmission } from './read-submission';

const now = (): Date => new Date();
const parse = (body: unknown, header?: string): ReturnType<typeof readSubmission> =>
  readSubmission(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), {
    now: now(),
    ...(header !== undefined && { idempotencyKey: { header, keyId: 'colab' } }),
  });
const floats = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);
const bytesOf = ({ data }: PackedEmbedding): Buffer =>
  Buffer.from(Buffer.from(data).toString('latin1'), 'base64');
const golden = (name: string): string => readFileSync(join(__dirname, 'golden', name), 'utf8');

function refusalOf(action: () => unknown): InvalidMetadata {
  try {
    action();
  } catch (error) {
    if (error instanceof InvalidMetadata) return error;
    throw error;
  }
  return new InvalidMetadata([]);
}

const faultsOf = (action: () => unknown): [string, string][] =>
  refusalOf(action).violations.map(({ pointer, code }) => [pointer, code]);

describe(readSubmission.name, () => {
  it.each(REFUSED_SUBMISSIONS.map((refused) => [refused.name, refused] as const))(
    'refuses %s',
    (_, refused) => {
      const text = refused.text ?? JSON.stringify(refused.body);
      const faults = faultsOf(() => parse(text));
      expect(faults.sort()).toEqual(refused.faults.map(([...fault]) => fault).sort());
    },
  );

  it.each(
    REFUSED_SUBMISSIONS.filter(({ name }) => !name.startsWith('half a surrogate')).map(
      (refused) => [refused.name, refused] as const,
    ),
  )('refuses %s in MessagePack alike', (_, { body, text, faults }) => {
    const bytes = msgpackOf(text === undefined ? body : JSON.parse(text));
    const found = faultsOf(() => readSubmission(bytes, { now: now(), format: 'msgpack' }));
    expect(found.sort()).toEqual(faults.map(([...fault]) => fault).sort());
  });

  it.each<[string, Record<string, unknown>, [string, string][]]>([
    [
      'an embedding cut inside a value',
      { embedding: Buffer.alloc(7) },
      [['/embedding', 'dimension_mismatch']],
    ],
    ['an empty embedding', { embedding: Buffer.alloc(0) }, [['/embedding', 'out_of_range']]],
    ['8193 values', { embedding: Buffer.alloc(4 * 8193) }, [['/embedding', 'out_of_range']]],
    [
      'NaN and infinity',
      { embedding: floats(1, NaN, 2, -Infinity) },
      [
        ['/embedding/1', 'not_finite'],
        ['/embedding/3', 'not_finite'],
      ],
    ],
    ['NaN among numbers', { embedding: [1, NaN] }, [['/embedding/1', 'not_finite']]],
    ['NaN as attribute', { attributes: { a: NaN } }, [['/attributes/a', 'not_finite']]],
    ['NaN as memory', { gpu: gpuBody({ totalMemoryBytes: NaN }) }, [['/gpu/totalMemoryBytes', 'wrong_type']]],
    ['binary data as model', { model: Buffer.from('resnet50') }, [['/model', 'wrong_type']]],
    ['binary data as gpu', { gpu: Buffer.from('T4') }, [['/gpu', 'wrong_type']]],
    ['binary data as source', { source: Buffer.from('x') }, [['/source', 'wrong_type']]],
    ['binary data as tags', { tags: Buffer.from('x') }, [['/tags', 'wrong_type']]],
    ['binary data as attributes', { attributes: Buffer.from('x') }, [['/attributes', 'wrong_type']]],
    ['binary data as attribute', { attributes: { a: Buffer.from('x') } }, [['/attributes/a', 'wrong_type']]],
    [
      'binary data as packed data',
      { embedding: packedBody([1], { data: floats(1) }) },
      [['/embedding/data', 'wrong_type']],
    ],
  ])('refuses in MessagePack %s', (_, changes, faults) => {
    const bytes = msgpackOf(submissionBody(changes));
    expect(faultsOf(() => readSubmission(bytes, { now: now(), format: 'msgpack' }))).toEqual(faults);
  });

  it('keeps a binary embedding bit for bit, whatever becomes of the body', () => {
    const values = Float32Array.of(-0, 1.4e-45, 3.4028234663852886e38, -1e-40);
    const bytes = msgpackOf(submissionBody({ embedding: floats(...values) }));
    const { embedding } = readSubmission(bytes, { now: now(), format: 'msgpack' });
    bytes.fill(0);
    expect(bytesOf(embedding)).toEqual(Buffer.from(values.buffer));
  });

  it('reports the same faults for JSON numbers and the packed form', () => {
    const faults = { model: '', tags: [1], capturedAt: 'x' };
    const inNumbers = faultsOf(() => parse(submissionBody({ ...faults, embedding: [1, 2] })));
    const packed = faultsOf(() => parse(submissionBody({ ...faults, embedding: packedBody([1, 2]) })));
    expect(packed).toEqual(inNumbers);
    expect(packed).toHaveLength(3);
  });

  it('reports the first hundred faults and counts the rest', () => {
    const body = submissionBody({ embedding: Array.from({ length: 250 }, () => null) });
    const refusal = refusalOf(() => parse(body));
    expect([refusal.violations.length, refusal.omitted]).toEqual([100, 150]);
  });

  it('looks at no more tags and attributes than it would accept', () => {
    const tags = Array.from({ length: 100_000 }, () => 0);
    const attributes = Object.fromEntries(tags.slice(0, 1_000).map((_, index) => [`a${index}`, []]));
    const faults = faultsOf(() => parse(submissionBody({ tags, attributes })));
    expect(faults).toHaveLength(1 + 32 + 1 + 64);
  });

  it('cuts a giant key in the pointer', () => {
    const [fault] = faultsOf(() => parse(submissionBody({ ['k'.repeat(100_000)]: 1 })));
    expect(fault?.[0]).toHaveLength(129);
  });

  it('never repeats a value in a message', () => {
    const body = submissionBody({
      model: 'secret'.repeat(30),
      eventId: 'secret',
      tags: ['secret'.repeat(20)],
    });
    const { violations } = refusalOf(() => parse(body));
    expect(violations).toHaveLength(3);
    expect(JSON.stringify(violations)).not.toContain('secret');
  });

  it('fills in defaults and normalizes', () => {
    expect(parse(golden('submission-minimal.json'))).toEqual({
      eventId: null,
      model: 'resnet50',
      embedding: packEmbedding(Float32Array.of(0.5)),
      gpu: {
        deviceName: 'cpu',
        backend: null,
        totalMemoryBytes: null,
        allocatedMemoryBytes: null,
        computeCapability: null,
        driverVersion: null,
        cudaVersion: null,
        hipVersion: null,
        torchVersion: null,
      },
      capturedAt: new Date('2026-11-21T03:39:39.123Z'),
      tags: [],
      attributes: {},
    });
  });

  it('reads the same event from both forms of the embedding', () => {
    const full = parse(golden('submission-full.json'));
    expect(parse(golden('submission-packed.json'))).toEqual(full);
    expect(full.eventId).toBe('0198f0c0-0000-7000-8000-00000000000a');
    expect(full.source).toEqual({ kind: 'image', uri: 'file:///photos/cat.jpg', name: 'cat.jpg' });
  });

  it.each([1, 3, 2048, 8192])('keeps %d packed values bit for bit', (dimension) => {
    const values = Float32Array.from({ length: dimension }, () => (Math.random() - 0.5) * 1e3);
    const { embedding } = parse(submissionBody({ embedding: packedBody([...values]) }));
    expect(bytesOf(embedding)).toEqual(Buffer.from(values.buffer));
  });

  it('rounds JSON numbers to the nearest float32', () => {
    expect(parse(submissionBody({ embedding: [0.1, 3.4028235e38, 1e-60] })).embedding).toEqual(
      packEmbedding(Float32Array.of(Math.fround(0.1), 3.4028234663852886e38, 0)),
    );
  });

  it('takes the eventId from the body, else from Idempotency-Key, bare or quoted', () => {
    const id = '0198F0C0-0000-7000-8000-000000000001';
    expect(parse(submissionBody(), id).eventId).toBe(id.toLowerCase());
    expect(parse(submissionBody({ eventId: undefined }), `"${id}"`).eventId).toBe(id.toLowerCase());
  });

  it('refuses an Idempotency-Key that names another event, or none', () => {
    const faults = ['0198f0c0-0000-7000-8000-0000000000ff', 'again', 'try again'].map((key) =>
      faultsOf(() => parse(submissionBody(), key)),
    );
    expect(faults.flat()).toEqual([
      ['/eventId', 'event_id_mismatch'],
      ['/eventId', 'event_id_mismatch'],
      ['/eventId', 'invalid_format'],
    ]);
  });

  it('takes a field that is null for one that was left out', () => {
    const nothing = { eventId: undefined, source: undefined, tags: undefined, attributes: undefined };
    const nulls = { eventId: null, source: null, tags: null, attributes: null };
    expect(parse(submissionBody(nulls))).toEqual(parse(submissionBody(nothing)));
    const gpu = Object.fromEntries(Object.keys(gpuBody()).map((name) => [name, null]));
    expect(parse(submissionBody({ gpu: { ...gpu, deviceName: 'cpu' } }))).toEqual(
      parse(submissionBody({ gpu: { deviceName: 'cpu' } })),
    );
    expect(parse(submissionBody({ source: { kind: 'log', uri: null, name: null } })).source).toEqual({
      kind: 'log',
    });
  });

  it('takes an attribute that is null for one that was left out', () => {
    expect(parse(submissionBody({ attributes: { loss: null, batch: 7, note: '' } })).attributes).toEqual({
      batch: 7,
      note: '',
    });
  });

  it('takes the eventId of Idempotency-Key where the body has null', () => {
    const id = '0198f0c0-0000-7000-8000-000000000001';
    expect(parse(submissionBody({ eventId: null }), id).eventId).toBe(id);
  });

  it('takes attribute names as experiment trackers write them, blanks at their ends too', () => {
    const attributes = {
      'eval/loss': 0.3,
      'model.type': 'cnn',
      'test acc': 0.9,
      'gpu:0': true,
      ' .': 1,
      '.': 2,
      ['n'.repeat(128)]: 3,
    };
    expect(parse(submissionBody({ attributes })).attributes).toEqual(attributes);
  });

  it('tells what the hardware is, and that more is allocated than it has', () => {
    const gpu = gpuBody({
      backend: 'rocm',
      totalMemoryBytes: 1000,
      allocatedMemoryBytes: 1600,
      driverVersion: '6.10.5',
      hipVersion: 'h'.repeat(128),
      cudaVersion: undefined,
    });
    expect(parse(submissionBody({ gpu })).gpu).toEqual({ ...gpu, cudaVersion: null });
  });

  it.each([
    ' Tesla T4',
    'Tesla T4\n',
    '\u00a0Tesla T4\u3000',
    '\ufeffTesla T4\u0000',
    'Tes\u0007la\u200b T4',
  ])('takes %j for the device Tesla T4', (deviceName) => {
    expect(parse(submissionBody({ gpu: gpuBody({ deviceName }) })).gpu.deviceName).toBe('Tesla T4');
  });

  it('counts the characters of a device once its blanks are gone', () => {
    const deviceName = `${'d'.repeat(128)}  `;
    expect(parse(submissionBody({ gpu: gpuBody({ deviceName }) })).gpu.deviceName).toHaveLength(128);
  });

  it('does not compare the Idempotency-Key with an eventId it refuses', () => {
    const key = '0198f0c0-0000-7000-8000-000000000001';
    const faults = ['cat.jpg', 7].map((eventId) => faultsOf(() => parse(submissionBody({ eventId }), key)));
    expect(faults).toEqual([[['/eventId', 'invalid_format']], [['/eventId', 'wrong_type']]]);
  });

  it('does not take brackets in strings for nesting', () => {
    expect(parse(submissionBody({ model: '[{"\\'.repeat(25) })).model).toHaveLength(100);
  });

  it('reads 16 levels as JSON', () => {
    expect(faultsOf(() => parse('['.repeat(16) + ']'.repeat(16)))).toEqual([['', 'wrong_type']]);
  });
});
