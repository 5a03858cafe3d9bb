import { randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { Kafka, logLevel } from 'kafkajs';
import { submissionBody } from '@libs/contracts/testing';
import { eventually, type AppProcess } from '@libs/testing/app-process';
import { head, post, postTo, problem, raw, refusalOf, startApi, type Body, type RequestHeaders } from './api';
import { readRecords, type Position } from './topic-reader';

interface Result extends Position {
  readonly index: number;
  readonly status: number;
  readonly code?: string;
  readonly detail?: string;
  readonly eventId?: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string }[];
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly results: readonly Result[];
}

const MIB = 1024 * 1024;
const PATH = '/v1/metadata/batch';
const NDJSON = { 'content-type': 'application/x-ndjson' };
const IDLE_TIMEOUT_MS = 2_000;

jest.setTimeout(90_000);

let api: AppProcess;

beforeAll(async () => {
  api = await startApi({ BODY_IDLE_TIMEOUT_MS: String(IDLE_TIMEOUT_MS) });
});
afterAll(() => api.stop());

const record = (changes: object = {}): Record<string, unknown> =>
  submissionBody({ eventId: randomUUID(), ...changes });
const records = (count: number): Record<string, unknown>[] => Array.from({ length: count }, () => record());
const lines = (items: readonly unknown[]): string => items.map((item) => JSON.stringify(item)).join('\n');
const statuses = ({ results }: Answer): number[] => results.map(({ status }) => status);

async function send(body: Body, headers: RequestHeaders = {}, to = api): Promise<Answer> {
  const answer = await postTo(to, PATH, body, headers);
  const { results } = (await answer.json()) as { results: readonly Result[] };
  return { status: answer.status, headers: answer.headers, results };
}

async function refused(body: Body, headers: RequestHeaders = {}): Promise<unknown> {
  return refusalOf(await postTo(api, PATH, body, headers));
}

describe('a batch of sound records', () => {
  it.each<[string, (items: readonly unknown[]) => Body, RequestHeaders]>([
    ['a JSON array', (items) => JSON.stringify(items), {}],
    ['an indented JSON array', (items) => JSON.stringify(items, undefined, 2), {}],
    ['NDJSON', lines, NDJSON],
    [
      'NDJSON with CRLF and blank lines',
      (items) => `\r\n${lines(items).replaceAll('\n', '\r\n\r\n')}\r\n`,
      NDJSON,
    ],
    ['a JSON array behind a byte order mark', (items) => `\ufeff${JSON.stringify(items)}`, {}],
    ['NDJSON behind a byte order mark', (items) => `\ufeff${lines(items)}`, NDJSON],
    ['application/ndjson', lines, { 'content-type': 'application/ndjson' }],
    ['application/jsonl', lines, { 'content-type': 'Application/JSONL; charset=utf-8' }],
    ['application/x-jsonlines', lines, { 'content-type': 'application/x-jsonlines' }],
    [
      'NDJSON in gzip members',
      (items) => Buffer.concat(items.map((item) => gzipSync(`${JSON.stringify(item)}\n`))),
      { ...NDJSON, 'content-encoding': 'gzip' },
    ],
    ['a JSON array in gzip', (items) => gzipSync(JSON.stringify(items)), { 'content-encoding': 'gzip' }],
    ['NDJSON in zstd', (items) => zstdCompressSync(lines(items)), { ...NDJSON, 'content-encoding': 'zstd' }],
  ])('as %s is answered 202, with a place on the topic for each in order', async (_name, write, headers) => {
    const sent = records(40);
    const answer = await send(write(sent), headers);
    expect(answer.status).toBe(202);
    expect(answer.results.map(({ index }) => index)).toEqual(sent.map((_, index) => index));
    expect(answer.results.map(({ eventId }) => eventId)).toEqual(sent.map(({ eventId }) => eventId));
    const stored = await readRecords(answer.results);
    expect(stored.map(({ key }) => String(key))).toEqual(sent.map(({ eventId }) => eventId));
  });

  it('answers for each what it answers for one alone, and may hold one event twice', async () => {
    const eventId = randomUUID();
    const alone = (await (await post(api, JSON.stringify(record()))).json()) as object;
    const { status, results } = await send(JSON.stringify([record({ eventId }), record({ eventId })]));
    expect(status).toBe(202);
    for (const { index: _index, status: _status, ...members } of results) {
      expect(Object.keys(members).sort()).toEqual(Object.keys(alone).sort());
    }
  });

  it('is there under /metadata/batch too', async () => {
    expect((await postTo(api, '/metadata/batch', JSON.stringify(records(1)))).status).toBe(202);
  });
});

describe('a batch in which something is wrong', () => {
  it('is answered 207: the HTTP status and each result tell which records failed, and only those', async () => {
    const sent = [record(), record({ model: '' }), record({ embedding: [1, null] }), 7, record()];
    const answer = await send(JSON.stringify(sent));
    expect(answer.status).toBe(207);
    expect(statuses(answer)).toEqual([202, 422, 422, 422, 202]);
    expect(answer.results[1]).toMatchObject({
      code: 'invalid_metadata',
      errors: [{ pointer: '/model', code: 'out_of_range' }],
    });
    expect(answer.results[2]?.errors).toMatchObject([{ pointer: '/embedding/1', code: 'wrong_type' }]);
    expect(answer.results[3]?.errors).toMatchObject([{ pointer: '', code: 'wrong_type' }]);
  });

  it('skips a record of more than MAX_BODY_BYTES, and reads on', async () => {
    const large = record({ attributes: { note: 'x'.repeat(MIB) } });
    expect(statuses(await send(JSON.stringify([record(), large, record()])))).toEqual([202, 413, 202]);
  });

  it('judges each line of NDJSON alone, and says where in the body it is at fault', async () => {
    const [first, second] = records(2).map((item) => Buffer.from(`${JSON.stringify(item)}\n`));
    const latin1 = Buffer.from('{"model":"caf\xe9"}\n', 'latin1');
    const deep = `${'['.repeat(17)}${']'.repeat(17)}\n`;
    const answer = await send(
      Buffer.concat([
        first!,
        Buffer.from('{"model":NaN}\n'),
        latin1,
        Buffer.from(`${deep}{"model":"\n`),
        second!,
      ]),
      NDJSON,
    );
    expect([answer.status, statuses(answer)]).toEqual([207, [202, 400, 400, 400, 400, 202]]);
    expect(answer.results.map(({ code }) => code)).toEqual([
      undefined,
      'invalid_json',
      'invalid_encoding',
      'nesting_too_deep',
      'invalid_json',
      undefined,
    ]);
    expect(answer.results[1]?.detail).toBe(
      `the body is not JSON: unexpected "NaN" at line 2, column 10 (byte ${first!.length + 9}); JSON has no NaN and no Infinity`,
    );
    expect(answer.results[4]?.detail).toMatch(/line 5, column 11 /);
  });

  it('answers 207 to NDJSON of which no line is any good, with a result for each', async () => {
    expect(statuses(await send('{"a":1}\nx\n{}', NDJSON))).toEqual([422, 400, 422]);
  });

  it('ends an array at a syntax error: the results before stand, and one more says where it is', async () => {
    const text = JSON.stringify(record());
    const answer = await send(`[\n${text},\n{"model":},\n${text}]`);
    expect([answer.status, statuses(answer)]).toEqual([207, [202, 400]]);
    expect(answer.results[1]?.detail).toBe(
      `the body is not JSON: unexpected "}" at line 3, column 10 (byte ${2 + text.length + 2 + 9})`,
    );
    const missing = await send(`[${text},${text}`);
    expect([missing.status, statuses(missing)]).toEqual([207, [202, 202, 400]]);
    expect(missing.results[2]?.detail).toMatch(/end of the text at line 1, column /);
  });

  it('goes on in an array behind a record of 17 levels, which is JSON', async () => {
    const deep = `${'['.repeat(17)}${']'.repeat(17)}`;
    const text = JSON.stringify(record());
    expect(statuses(await send(`[${text},${deep},${text}]`))).toEqual([202, 400, 202]);
  });

  it('ends at record 1,001', async () => {
    const answer = await send(lines(records(1_002)), NDJSON);
    expect([answer.status, answer.results.length]).toEqual([207, 1_001]);
    expect(answer.results.at(-1)).toMatchObject({ index: 1_000, status: 413, code: 'batch_too_long' });
    expect(new Set(statuses(answer).slice(0, -1))).toEqual(new Set([202]));
  });

  it('ends where a compressed one was cut', async () => {
    const body = gzipSync(lines(records(3)) + '\n').subarray(0, -8);
    const answer = await send(body, { ...NDJSON, 'content-encoding': 'gzip' });
    expect(statuses(answer)).toEqual([202, 202, 202, 400]);
    expect(answer.results.at(-1)).toMatchObject({ code: 'invalid_compression' });
  });

  it('ends where it stops: the last result says 408, and the connection is closed', async () => {
    const body = `${lines(records(2))}\n{"model":`;
    const start = head(`POST ${PATH}`, { ...NDJSON, 'content-length': body.length + 100 });
    const answer = await raw(api, start, body);
    const { results } = JSON.parse(answer.text) as { results: readonly Result[] };
    expect([answer.status, results.map(({ status }) => status)]).toEqual([207, [202, 202, 408]]);
    expect(answer.headers.get('connection')).toBe('close');
  });

  it.each<[string, Body, RequestHeaders, number, string]>([
    ['is empty', '', {}, 400, 'invalid_json'],
    ['is an empty array', '[]', {}, 422, 'invalid_metadata'],
    ['is an object', JSON.stringify(submissionBody()), {}, 422, 'invalid_metadata'],
    ['is empty NDJSON', '\n', NDJSON, 422, 'invalid_metadata'],
    ['is broken before its first record', '[{"model":}]', {}, 400, 'invalid_json'],
    ['is broken behind a refused one', '[{},{"model":}]', {}, 400, 'invalid_json'],
    ['is MessagePack', '[]', { 'content-type': 'application/msgpack' }, 415, 'unsupported_media_type'],
    ['is in brotli', '[]', { 'content-encoding': 'br' }, 415, 'unsupported_media_type'],
    ['comes with Idempotency-Key', '[]', { 'idempotency-key': randomUUID() }, 400, 'event_id_on_batch'],
    ['is too large', Buffer.alloc(16 * MIB + 1, ' '), {}, 413, 'body_too_large'],
    [
      'expands too much',
      gzipSync(Buffer.alloc(16 * MIB, ' ')),
      { 'content-encoding': 'gzip' },
      413,
      'body_too_large',
    ],
  ])(
    'and nothing was published is refused as a whole where it %s',
    async (_name, body, headers, status, code) => {
      expect(await refused(body, headers)).toMatchObject(problem(status, code));
    },
  );
});

describe('NDJSON sent as JSON', () => {
  it('is told the type it is sent as', async () => {
    const answer = await refusalOf(await postTo(api, PATH, lines(records(2)), {}));
    expect(answer).toMatchObject(problem(422, 'invalid_metadata'));
    expect(answer.problem.errors).toMatchObject([
      { pointer: '', message: expect.stringMatching(/application\/x-ndjson/) },
    ]);
  });
});

describe('a client that leaves', () => {
  it('leaves on the topic what Kafka acknowledged, nothing in the queue, and the API as it was', async () => {
    const before = await recordsOnTopic();
    const outgoing = httpRequest(api.url + PATH, { method: 'POST', headers: NDJSON });
    outgoing.on('error', () => undefined);
    await new Promise((written) => outgoing.write(`${lines(records(50))}\n{"model"`, written));
    // The last whole line is published once the next one has begun.
    expect(await eventually(async () => (await recordsOnTopic()) - before === 50, 20_000)).toBe(true);
    outgoing.destroy();
    expect((await send(JSON.stringify(records(2)))).status).toBe(202);
    expect((await recordsOnTopic()) - before).toBe(52);
    const metrics = await (await fetch(`${api.url}/metrics`)).text();
    expect(metrics).toMatch(/^publish_queue_bytes 0$/m);
  });

  async function recordsOnTopic(): Promise<number> {
    const brokers = (process.env.TEST_KAFKA_BROKERS ?? '').split(',');
    const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const partitions = await admin.fetchTopicOffsets('gpu-metadata');
    await admin.disconnect();
    return partitions.reduce((sum, { high }) => sum + Number(high), 0);
  }
});

describe('a full queue', () => {
  it('slows a batch down and refuses none of its records', async () => {
    const small = await startApi({ PUBLISH_QUEUE_BYTES: String(2 * MIB) });
    try {
      const note = Object.fromEntries(Array.from({ length: 64 }, (_, at) => [`a${at}`, 'x'.repeat(1_024)]));
      const batches = Array.from({ length: 3 }, () =>
        send(lines(Array.from({ length: 100 }, () => record({ attributes: note }))), NDJSON, small),
      );
      expect((await Promise.all(batches)).map(({ status }) => status)).toEqual([202, 202, 202]);
    } finally {
      await small.stop();
    }
  });
});
