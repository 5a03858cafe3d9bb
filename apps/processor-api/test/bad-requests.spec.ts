import { gzipSync } from 'node:zlib';
import { encode } from '@msgpack/msgpack';
import { gpuMetricsBody, REFUSED_SUBMISSIONS, submissionBody, tokenUsageBody } from '@libs/contracts/testing';
import type { AppProcess } from '@libs/testing/app-process';
import {
  head,
  post,
  postHead,
  postTo,
  problem,
  raw,
  refusalOf,
  startApi,
  type Body,
  type RequestHeaders,
} from './api';

const MIB = 1024 * 1024;
const JSON_BODY = JSON.stringify(submissionBody());
const OTHER_ID = '0198f0c0-0000-7000-8000-0000000000ff';

describe('a request the API refuses', () => {
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.stop());

  async function refused(body: Body, headers: RequestHeaders = {}): Promise<unknown> {
    return refusalOf(await post(api, body, headers));
  }

  describe('for what is in its body', () => {
    it.each(REFUSED_SUBMISSIONS.map((refused) => [refused.name, refused] as const))(
      'names each fault of %s by pointer and code',
      async (_name, { body, text, faults }) => {
        const answer = await refusalOf(await post(api, text ?? JSON.stringify(body)));
        expect(answer).toMatchObject(problem(422, 'invalid_metadata'));
        const reported = (answer.problem.errors ?? []).map(({ pointer, code }) => [pointer, code]);
        expect(reported.sort()).toEqual([...faults].sort());
      },
    );

    it.each([
      ['is empty', '', 'invalid_json'],
      ['ends too early', '{', 'invalid_json'],
      ['is not UTF-8', Buffer.from(JSON_BODY.replace('resnet50', '\xff\xfe'), 'latin1'), 'invalid_encoding'],
      ['nests 17 levels deep', '['.repeat(17) + ']'.repeat(17), 'nesting_too_deep'],
      ['nests 100,000 levels deep', '['.repeat(100_000), 'nesting_too_deep'],
      ['nests 17 levels of objects', '{"a":'.repeat(17) + '1' + '}'.repeat(17), 'nesting_too_deep'],
    ])('answers 400 to a body that %s', async (_name, body, code) => {
      expect(await refused(body)).toMatchObject(problem(400, code));
    });

    it.each([
      ['/v1/metadata', JSON_BODY.replace('"attributes":{', '$&"seed":9007199254740993,'), '/attributes/seed'],
      [
        '/v1/token-usage',
        JSON.stringify(tokenUsageBody()).replace('{', '$&"id":-1234567890123456789,'),
        '/id',
      ],
      [
        '/v1/gpu-metrics',
        JSON.stringify(gpuMetricsBody()).replace('{', '$&"id":18446744073709551615,'),
        '/id',
      ],
      ['/v1/metadata/search', '{"embedding":[1],"k":10000000000000001}', '/k'],
    ])('answers 422 on %s to an integer that JavaScript would change', async (path, body, pointer) => {
      const answer = await refusalOf(await postTo(api, path, body));
      expect(answer).toMatchObject(problem(422, 'invalid_metadata'));
      expect(answer.problem.errors).toMatchObject([{ pointer, code: 'integer_out_of_range' }]);
    });

    it('answers 422 to such an integer in MessagePack', async () => {
      const body = encode({ ...tokenUsageBody(), id: 2n ** 53n + 1n }, { useBigInt64: true });
      const headers = { 'content-type': 'application/msgpack' };
      const answer = await refusalOf(await postTo(api, '/v1/token-usage', Buffer.from(body), headers));
      expect(answer.problem.errors).toMatchObject([{ pointer: '/id', code: 'integer_out_of_range' }]);
    });

    it.each([
      ['application/x-ndjson', (lines: readonly string[]) => lines.join('\n')],
      ['application/json', (lines: readonly string[]) => `[${lines.join()}]`],
    ])('refuses just the record with such an integer in a batch of %s', async (type, batchOf) => {
      const lines = ['9007199254740993', '9007199254740992'].map((seed) =>
        JSON_BODY.replace('"attributes":{', `$&"seed":${seed},`),
      );
      const headers = { 'content-type': type };
      const answer = await postTo(api, '/v1/metadata/batch', batchOf(lines), headers);
      expect(await answer.json()).toMatchObject({ results: [{ status: 422 }, { status: 202 }] });
    });

    it('reads a body of 16 levels and says what is wrong in it', async () => {
      expect(await refused('['.repeat(16) + ']'.repeat(16))).toMatchObject(problem(422, 'invalid_metadata'));
    });

    it('says where a body is no JSON, and what is there', async () => {
      const text = `\ufeff{\n  "model": "é",\n  "embedding": [0.5, NaN]\n}`;
      expect(await refused(text)).toMatchObject({
        problem: {
          detail:
            'the body is not JSON: unexpected "NaN" at line 3, column 22 (byte 43); JSON has no NaN and no Infinity',
        },
      });
    });

    it('tells where many records on lines of their own are sent, and as what', async () => {
      const detail = expect.stringMatching(/application\/x-ndjson to \/v1\/metadata\/batch/);
      expect(await refused(`${JSON_BODY}\n${JSON_BODY}\n`)).toMatchObject({ problem: { detail } });
    });

    it('answers 400 to a body of Content-Length 0 and to a missing one', async () => {
      expect(await raw(api, postHead({ 'content-length': 0 }))).toMatchObject(problem(400, 'invalid_json'));
      expect(await raw(api, postHead({}))).toMatchObject(problem(400, 'invalid_json'));
    });

    it.each([
      ['differs from the body', OTHER_ID, 'event_id_mismatch'],
      ['names another event by a text', 'retry-1', 'event_id_mismatch'],
      ['holds a space', 'retry 1', 'invalid_format'],
      ['is longer than 255 characters', 'r'.repeat(256), 'invalid_format'],
      ['is empty', '', 'invalid_format'],
    ])('answers 422 to an Idempotency-Key that %s', async (_name, key, code) => {
      const answer = await refusalOf(await post(api, JSON_BODY, { 'idempotency-key': key }));
      expect(answer).toMatchObject(problem(422, 'invalid_metadata'));
      expect(answer.problem.errors).toMatchObject([{ pointer: '/eventId', code }]);
    });
  });

  it('answers 422 to an Idempotency-Key that comes twice', async () => {
    const key = 'idempotency-key: order-17';
    const request = postHead({ 'content-length': JSON_BODY.length }).replace(
      '\r\n\r\n',
      `\r\n${key}\r\n${key}\r\n\r\n`,
    );
    const answer = await raw(api, request, JSON_BODY);
    expect(answer).toMatchObject(problem(422, 'invalid_metadata'));
    expect(answer.problem).toMatchObject({
      errors: [
        {
          pointer: '/eventId',
          code: 'invalid_format',
          message: expect.stringContaining('must be sent once'),
        },
      ],
    });
  });

  describe('for the form of its body', () => {
    it.each(['text/plain', 'application/x-ndjson', 'application/jsonx', 'multipart/form-data', 'json'])(
      'answers 415 to the content type %s',
      async (type) => {
        expect(await refused(JSON_BODY, { 'content-type': type })).toMatchObject(
          problem(415, 'unsupported_media_type'),
        );
      },
    );

    it('answers 415 where the content type is missing or empty', async () => {
      const length = { 'content-length': JSON_BODY.length };
      const missing = await raw(api, head('POST /v1/metadata', length), JSON_BODY);
      const empty = await raw(api, head('POST /v1/metadata', { ...length, 'content-type': '' }), JSON_BODY);
      expect(missing).toMatchObject(problem(415, 'unsupported_media_type'));
      expect(empty).toMatchObject(problem(415, 'unsupported_media_type'));
    });

    it.each(['br', 'identity, gzip', 'gzip, gzip', 'gzip;q=1'])(
      'answers 415 to the encoding %s, and names those it reads',
      async (encoding) => {
        const answer = await post(api, gzipSync(JSON_BODY), { 'content-encoding': encoding });
        expect(answer.headers.get('accept-encoding')).toBe('gzip, deflate, zstd');
        expect(await refusalOf(answer)).toMatchObject(problem(415, 'unsupported_media_type'));
      },
    );

    it.each(['application/json; charset=utf-8', 'Application/JSON'])('reads %s', async (type) => {
      expect(await refused('{}', { 'content-type': type })).toMatchObject(problem(422, 'invalid_metadata'));
    });

    it('reads a body of exactly 1 MiB and refuses one byte more', async () => {
      const spaces = ' '.repeat(MIB - 2);
      expect(await refused(`{}${spaces}`)).toMatchObject(problem(422, 'invalid_metadata'));
      expect(await refused(`{}${spaces} `)).toMatchObject(problem(413, 'body_too_large'));
    });

    it('counts the bytes of a chunked body as they come', async () => {
      const chunked = postHead({ 'transfer-encoding': 'chunked' });
      const chunk = (bytes: number): string => `${bytes.toString(16)}\r\n${' '.repeat(bytes)}\r\n`;
      const end = '0\r\n\r\n';
      const exact = await raw(api, chunked, chunk(MIB / 2), chunk(MIB / 2), end);
      const over = await raw(api, chunked, chunk(MIB / 2), chunk(MIB / 2), chunk(1), end);
      expect(exact).toMatchObject(problem(400, 'invalid_json'));
      expect(over).toMatchObject(problem(413, 'body_too_large'));
    });
  });

  describe('for its path or method', () => {
    it('answers 404 to a path that is not there, whatever body comes along', async () => {
      const body = { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } };
      expect(await refusalOf(await fetch(`${api.url}/v2/metadata`, body))).toMatchObject(
        problem(404, 'not_found'),
      );
      expect(await refusalOf(await fetch(`${api.url}/`))).toMatchObject(problem(404, 'not_found'));
    });

    it.each(['GET', 'PUT', 'PATCH', 'DELETE'])('answers 405 to %s, naming POST', async (method) => {
      const body = { body: 'x', headers: { 'content-type': 'text/plain' } };
      const answer = await fetch(`${api.url}/metadata`, { method, ...(method !== 'GET' && body) });
      expect(answer.headers.get('allow')).toBe('OPTIONS, POST');
      expect(await refusalOf(answer)).toMatchObject(problem(405, 'method_not_allowed'));
    });

    it('answers 405 to a POST where only GET is there', async () => {
      const answer = await fetch(`${api.url}/health/live`, { method: 'POST', body: 'x' });
      expect(answer.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
      expect(await refusalOf(answer)).toMatchObject(problem(405, 'method_not_allowed'));
    });

    it('answers HEAD with the status alone', async () => {
      const answer = await fetch(`${api.url}/metadata`, { method: 'HEAD' });
      expect([answer.status, await answer.text()]).toEqual([405, '']);
      expect((await fetch(`${api.url}/health/live`, { method: 'HEAD' })).status).toBe(200);
    });

    it('answers 400 to a path whose percent-encoding is broken', async () => {
      expect(await raw(api, head('GET /%zz', {}))).toMatchObject(problem(400, 'invalid_request'));
    });
  });

  describe('for its framing', () => {
    it('answers 431 to more than 16 KiB of headers', async () => {
      const padded = head('GET /health/live', { 'x-padding': 'x'.repeat(17 * 1024) });
      expect(await raw(api, padded)).toMatchObject(problem(431, 'headers_too_large'));
      const allowed = head('GET /health/live', { 'x-padding': 'x'.repeat(15 * 1024) });
      expect(await raw(api, allowed)).toMatchObject({ status: 200 });
    });

    it.each([
      ['garbage', '\x00\x01\x02\r\n\r\n'],
      ['an unknown method', head('BREW /v1/metadata', {})],
      ['two lengths', postHead({ 'content-length': 3, 'transfer-encoding': 'chunked' })],
      ['a negative length', postHead({ 'content-length': -1 })],
      ['a chunk without length', `${postHead({ 'transfer-encoding': 'chunked' })}zz\r\n`],
      ['a bare line feed in a header', 'GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\nb\r\n\r\n'],
      ['no Host', 'GET /health/live HTTP/1.1\r\n\r\n'],
    ])('answers 400 to %s', async (_name, request) => {
      expect(await raw(api, request)).toMatchObject(problem(400, 'invalid_request'));
    });

    it('reads on past an Expect it does not know', async () => {
      const request = postHead({ expect: 'surprise', 'content-length': 2 });
      expect(await raw(api, request, '{}')).toMatchObject(problem(422, 'invalid_metadata'));
    });
  });
});
