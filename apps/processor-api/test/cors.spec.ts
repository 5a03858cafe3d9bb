import { randomUUID } from 'node:crypto';
import { submissionBody } from '@libs/contracts/testing';
import type { AppProcess } from '@libs/testing/app-process';
import { KeyFile } from '@libs/testing/key-file';
import { ROUTES } from '../src/openapi/document';
import { startApi, type RequestHeaders } from './api';

const APP = 'https://app.example';
const STRANGER = 'https://stranger.example';
const EXPOSED = 'location, retry-after, ratelimit, ratelimit-policy';

interface Init extends RequestInit {
  readonly headers?: RequestHeaders;
}

const routes = ROUTES.map(
  ({ method, path }) => [method.toUpperCase(), path.replace('{eventId}', randomUUID())] as const,
);

describe('with CORS_ORIGINS', () => {
  const file = new KeyFile();
  const key = { 'x-api-key': file.add('page') };
  const spent = { 'x-api-key': file.add('spent', { quotaPerMinute: 1 }) };
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi({
      AUTH_MODE: 'required',
      API_KEYS_FILE: file.path,
      CORS_ORIGINS: `http://localhost:3000,${APP}`,
    });
  });
  afterAll(async () => {
    await api.stop();
    file.remove();
  });

  function ask(path: string, init: Init, origin = APP): Promise<Response> {
    return fetch(api.url + path, { ...init, headers: { ...init.headers, origin } });
  }

  function preflight(path: string, method: string, origin?: string): Promise<Response> {
    const headers = {
      'access-control-request-method': method,
      'access-control-request-headers': 'content-type,x-api-key',
    };
    return ask(path, { method: 'OPTIONS', headers }, origin);
  }

  it.each(routes)('a browser may ask without a key whether a page may send %s %s', async (method, path) => {
    const answer = await preflight(path, method);
    const listed = (name: string): string[] => answer.headers.get(name)?.split(', ') ?? [];
    expect([answer.status, await answer.text()]).toEqual([204, '']);
    expect(answer.headers.get('access-control-allow-origin')).toBe(APP);
    expect(listed('access-control-allow-methods')).toContain(method);
    expect(listed('allow')).toContain(method);
    expect(listed('access-control-allow-headers')).toEqual(
      expect.arrayContaining(['authorization', 'x-api-key', 'content-type', 'content-encoding']),
    );
    expect(answer.headers.get('access-control-max-age')).toMatch(/^\d+$/);
    expect(answer.headers.get('vary')).toBe('origin');
    expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
  });

  const json = { 'content-type': 'application/json' };
  const post = (body: string, headers: RequestHeaders): Init => ({ method: 'POST', body, headers });
  const record = JSON.stringify(submissionBody());

  it.each([
    [202, '/v1/metadata', post(record, { ...json, ...key })],
    [401, '/v1/metadata', post(record, json)],
    [404, '/nowhere', { headers: key }],
    [405, '/v1/metadata', { method: 'PUT', headers: key }],
    [413, '/v1/metadata', post(' '.repeat(2 ** 21), { ...json, ...key })],
    [415, '/v1/metadata/search', post(record, { ...key, 'content-type': 'text/plain' })],
    [422, '/v1/metadata', post('{}', { ...json, ...key })],
    [429, '/v1/metadata', post(record, { ...json, ...spent })],
    [501, '/v1/gpus', { headers: key }],
    [200, '/v1/status', { headers: key }],
    [200, '/openapi.json', {}],
    [400, '/%6detrics', { headers: key }],
  ])('a page may read the %i of %s', async (status, path, init) => {
    if (status === 429) await ask(path, init);
    const answer = await ask(path, init);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('access-control-allow-origin')).toBe(APP);
    expect(answer.headers.get('access-control-expose-headers')).toBe(EXPOSED);
    expect(answer.headers.get('vary')?.split(', ')).toContain('origin');
  });

  it.each(['/openapi.json', '/v1/status', '/v1/metadata/stats'])(
    'caches keep apart the answers of %s by origin and by encoding, each named once',
    async (path) => {
      const answer = await ask(path, { headers: key });
      expect(answer.headers.get('vary')?.split(', ').sort()).toEqual(['accept-encoding', 'origin']);
    },
  );

  it.each([STRANGER, 'null', `${APP}.evil.example`])('a page of %s may read nothing', async (origin) => {
    const answers = [
      await preflight('/v1/metadata', 'POST', origin),
      await ask('/v1/metadata', post(record, { ...json, ...key }), origin),
      await ask('/openapi.json', {}, origin),
    ];
    expect(answers.map(({ status }) => status)).toEqual([204, 202, 200]);
    for (const { headers } of answers) expect([...headers.keys()].filter(isCors)).toEqual([]);
  });

  it('a preflight of what is not there tells no more than anybody is told', async () => {
    expect((await preflight('/nowhere', 'GET')).status).toBe(401);
    expect((await ask('/nowhere', { method: 'OPTIONS', headers: key })).status).toBe(404);
  });
});

describe('with CORS_ORIGINS while Kafka is away', () => {
  it('a page may read the 503', async () => {
    const api = await startApi({ KAFKA_BROKERS: 'localhost:9', CORS_ORIGINS: APP }, '/health/live');
    try {
      const answer = await fetch(`${api.url}/health/ready`, { headers: { origin: APP } });
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([503, APP]);
    } finally {
      await api.stop();
    }
  });
});

describe('without CORS_ORIGINS', () => {
  it('a preflight is an OPTIONS like any other, and no answer says anything of origins', async () => {
    const api = await startApi();
    try {
      const headers = { origin: APP, 'access-control-request-method': 'POST' };
      const options = await fetch(`${api.url}/v1/metadata`, { method: 'OPTIONS', headers });
      const read = await fetch(`${api.url}/openapi.json`, { headers });
      expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS, POST']);
      for (const answer of [options, read]) {
        expect([...answer.headers.keys()].filter(isCors)).toEqual([]);
        expect(answer.headers.get('vary') ?? '').not.toContain('origin');
      }
    } finally {
      await api.stop();
    }
  });
});

function isCors(name: string): boolean {
  return name.startsWith('access-control-');
}
