import { randomUUID } from 'node:crypto';
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { msgpackOf, packedBody, submissionBody } from '@libs/contracts/testing';
import type { AppProcess } from '@libs/testing/app-process';
import { post, postHead, problem, raw, refusalOf, startApi, type Body, type RequestHeaders } from './api';
import { deflateBomb, gzipBomb, zstdBomb } from './bombs';
import { readRecords, type Position } from './topic-reader';

const MIB = 1024 * 1024;
const MSGPACK = { 'content-type': 'application/msgpack' };
const COMPRESS: Readonly<Record<string, (body: string | Buffer) => Buffer<ArrayBuffer>>> = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  deflate: deflateSync,
  zstd: zstdCompressSync,
};
const VECTOR = Float32Array.from({ length: 2048 }, (_, index) => Math.sin(index + 1));
const IDLE_TIMEOUT_MS = 2_000;

let api: AppProcess;

beforeAll(async () => {
  api = await startApi({ BODY_IDLE_TIMEOUT_MS: String(IDLE_TIMEOUT_MS) });
});
afterAll(() => api.stop());

async function accept(body: Body, headers: RequestHeaders): Promise<Position> {
  const answer = await post(api, body, headers);
  expect([answer.status, await answer.clone().text()]).toEqual([202, expect.anything()]);
  return (await answer.json()) as Position;
}

async function refused(body: Body, headers: RequestHeaders): Promise<unknown> {
  return refusalOf(await post(api, body, headers));
}

describe('the same record', () => {
  it('comes to the topic in every form: compressed bodies are never stored as they came', async () => {
    const fields = submissionBody({ eventId: randomUUID(), embedding: packedBody([...VECTOR]) });
    const text = JSON.stringify(fields);
    const binary = msgpackOf({ ...fields, embedding: Buffer.from(VECTOR.buffer) });
    const numbers = msgpackOf({ ...fields, embedding: [...VECTOR] });
    const halves = (compress: (part: string) => Buffer): Buffer<ArrayBuffer> =>
      Buffer.concat([compress(text.slice(0, 5_000)), compress(text.slice(5_000))]);
    const forms: [Body, RequestHeaders][] = [
      [text, {}],
      [text, { 'content-encoding': '' }],
      [text, { 'content-encoding': ' IDENTITY ' }],
      [`\ufeff${text}`, {}],
      [halves(gzipSync), { 'content-encoding': 'gzip' }],
      [halves(zstdCompressSync), { 'content-encoding': 'zstd' }],
      ...Object.entries(COMPRESS).map(([encoding, compress]): [Body, RequestHeaders] => [
        compress(text),
        { 'content-encoding': encoding },
      ]),
      [binary, MSGPACK],
      [numbers, { 'content-type': 'application/x-msgpack' }],
      [msgpackOf(fields), { 'content-type': 'application/vnd.msgpack' }],
      [zstdCompressSync(binary), { ...MSGPACK, 'content-encoding': 'zstd' }],
    ];
    const positions: Position[] = [];
    for (const [body, headers] of forms) positions.push(await accept(body, headers));
    const records = (await readRecords(positions)).map(
      ({ value }) => JSON.parse(String(value)) as Record<string, unknown>,
    );
    const embedding = {
      encoding: 'f32le-base64',
      dimension: 2048,
      data: (fields.embedding as { data: string }).data,
    };
    for (const record of records) {
      expect(record).toEqual({ ...records[0], acceptedAt: expect.any(String) });
      expect(record).toMatchObject({ eventId: fields.eventId, model: 'resnet50', embedding });
    }
  });
});

describe.each(['gzip', 'deflate', 'zstd'] as const)('a body in %s', (encoding) => {
  const headers = { 'content-encoding': encoding };
  const whole = (): Buffer<ArrayBuffer> => COMPRESS[encoding]!(JSON.stringify(submissionBody()));

  it.each<[string, () => Buffer<ArrayBuffer>]>([
    ['is empty', () => Buffer.alloc(0)],
    ['is not compressed at all', () => Buffer.from(JSON.stringify(submissionBody()))],
    ['ends too early', () => whole().subarray(0, -3)],
    ['goes on behind its end', () => Buffer.concat([whole(), Buffer.from('rest')])],
  ])('is answered 400 when it %s', async (_name, body) => {
    expect(await refused(body(), headers)).toMatchObject(problem(400, 'invalid_compression'));
  });

  it('is told its faults as one that came plainly', async () => {
    const answer = await refusalOf(
      await post(api, COMPRESS[encoding]!(JSON.stringify({ model: '' })), headers),
    );
    expect(answer).toMatchObject(problem(422, 'invalid_metadata'));
    expect(answer.problem.errors).toContainEqual(
      expect.objectContaining({ pointer: '/model', code: 'out_of_range' }),
    );
  });

  it('is refused where it expands to more than 1 MiB, and read up to that', async () => {
    const noise = Array.from({ length: MIB / 4 }, () => Math.random().toString(36)[5]).join('');
    const text = (bytes: number): string => JSON.stringify({ a: noise.repeat(5).slice(0, bytes - 8) });
    const compressed = (bytes: number): Buffer<ArrayBuffer> => COMPRESS[encoding]!(text(bytes));
    expect(await refused(compressed(MIB), headers)).toMatchObject(problem(422, 'invalid_metadata'));
    expect(await refused(compressed(MIB + 1), headers)).toMatchObject(problem(413, 'body_too_large'));
  });

  it('is refused where it expands more than 500 times', async () => {
    const body = COMPRESS[encoding]!(JSON.stringify({ a: ' '.repeat(MIB - 100) }));
    expect(await refused(body, headers)).toMatchObject(problem(413, 'body_too_large'));
  });

  it('is answered 408 when it stops, and closed', async () => {
    const head = postHead({ 'content-encoding': encoding, 'content-length': 1_000 });
    const answer = await raw(api, head, whole().subarray(0, 20));
    expect(answer).toMatchObject(problem(408, 'request_timeout'));
    expect(answer.headers.get('connection')).toBe('close');
  });
});

describe('a body in raw deflate', () => {
  it('is told what deflate means', async () => {
    const body = deflateRawSync(JSON.stringify(submissionBody()));
    const answer = await refusalOf(await post(api, body, { 'content-encoding': 'deflate' }));
    expect(answer).toMatchObject(problem(400, 'invalid_compression'));
    expect(answer.problem.detail).toMatch(/zlib \(RFC 1950\)/);
  });
});

describe('a bomb', () => {
  it.each([
    ['gzip', gzipBomb],
    ['deflate', deflateBomb],
    ['zstd', zstdBomb],
  ] as const)(
    'in %s is refused and costs less than 64 MiB, while its client still writes',
    async (encoding, bomb) => {
      api.forgetPeakRss();
      const before = api.rssMib;
      const length = { 'content-encoding': encoding, 'content-length': MIB };
      const chunked = { 'content-encoding': encoding, 'transfer-encoding': 'chunked' };
      const bytes = bomb(2 * MIB);
      for (let round = 0; round < 5; round++) {
        const whole = await raw(api, postHead(length), bytes.subarray(0, MIB));
        const chunks = await raw(
          api,
          postHead(chunked),
          `${bytes.length.toString(16)}\r\n`,
          bytes,
          '\r\n0\r\n\r\n',
        );
        expect([whole, chunks]).toMatchObject([
          problem(413, 'body_too_large'),
          problem(413, 'body_too_large'),
        ]);
      }
      expect(api.peakRssMib - before).toBeLessThan(64);
    },
  );
});

describe('MessagePack', () => {
  it.each<[string, Buffer<ArrayBuffer>, number, string]>([
    ['is empty', Buffer.alloc(0), 400, 'invalid_msgpack'],
    ['is JSON', Buffer.from('{"model":"x"}'), 400, 'invalid_msgpack'],
    ['claims four billion elements', Buffer.from('ddffffffff', 'hex'), 400, 'invalid_msgpack'],
    ['holds a timestamp', msgpackOf({ capturedAt: new Date() }), 400, 'invalid_msgpack'],
    [
      'goes on behind its end',
      Buffer.concat([msgpackOf(submissionBody()), Buffer.of(1)]),
      400,
      'invalid_msgpack',
    ],
    ['nests 100,000 levels deep', Buffer.alloc(100_000, 0x91), 400, 'nesting_too_deep'],
    ['breaks the contract', msgpackOf({ model: '' }), 422, 'invalid_metadata'],
  ])('that %s is answered as it should be', async (_name, body, status, code) => {
    expect(await refused(body, MSGPACK)).toMatchObject(problem(status, code));
  });

  it('takes its eventId from Idempotency-Key too', async () => {
    const eventId = randomUUID();
    const body = msgpackOf(submissionBody({ eventId: undefined }));
    expect(await accept(body, { ...MSGPACK, 'idempotency-key': eventId })).toMatchObject({ eventId });
  });
});

describe('bodies that stop', () => {
  it('cannot fill the memory: past the budget of all unfinished ones 503, and small ones are served', async () => {
    const small = await startApi({
      BODY_BUFFER_BYTES: String(4 * MIB),
      MAX_CONNECTIONS: '100',
      BODY_IDLE_TIMEOUT_MS: '3000',
    });
    try {
      const piece = Buffer.alloc(600 * 1024, ' ');
      const stalled = Array.from({ length: 8 }, () => raw(small, postHead({ 'content-length': MIB }), piece));
      const overloaded = await Promise.any(
        stalled.map((answer) =>
          answer.then((is) => (is.status === 503 ? is : Promise.reject(new Error('408')))),
        ),
      );
      expect(overloaded).toMatchObject(problem(503, 'overloaded'));
      expect(overloaded.headers.get('retry-after')).toMatch(/^[1-9]/);
      expect((await post(small, JSON.stringify(submissionBody()))).status).toBe(202);
      const statuses = (await Promise.all(stalled)).map(({ status }) => status);
      expect(new Set(statuses)).toEqual(new Set([408, 503]));
      expect((await post(small, Buffer.alloc(MIB, ' '))).status).toBe(400);
    } finally {
      await small.stop();
    }
  });
});
