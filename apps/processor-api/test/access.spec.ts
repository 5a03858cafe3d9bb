import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createProxyServer } from 'http-proxy-3';
import { submissionBody } from '@libs/contracts/testing';
import { AppProcess, eventually } from '@libs/testing/app-process';
import { newApiKey } from '../src/access/api-key';
import { head, portOf, post, postHead, problem, raw, refusalOf, startApi } from './api';
import { KeyFile } from '@libs/testing/key-file';
import { writeThenRead } from './raw-exchange';

const OPEN = ['/health', '/health/live', '/health/ready', '/docs', '/openapi.json'];

describe('with AUTH_MODE=required and no key', () => {
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi({ AUTH_MODE: 'required', API_KEYS_FILE: '/nowhere/api-keys.json' });
  });
  afterAll(() => api.stop());

  it('a write is answered 401 and told how to authenticate', async () => {
    const answer = await refusalOf(await post(api, JSON.stringify(submissionBody())));
    expect(answer).toMatchObject(problem(401, 'unauthorized'));
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm=/);
  });

  it.each([
    '/',
    '/nowhere',
    '/v1/metadata',
    '/health/other',
    '/healthy',
    '/docsx',
    '/metrics//',
    '/%6detrics',
    '/%zz',
  ])('GET %s is answered 401, so that nobody learns what exists', async (path) => {
    expect(await raw(api, head(`GET ${path}`, {}))).toMatchObject(problem(401, 'unauthorized'));
  });

  it.each([
    'http://localhost/docs/../v1/metadata',
    '/docs/../v1/metadata',
    '/docs/%2e%2e/v1/metadata',
    '//docs/../v1/metadata',
  ])('POST %s gets nowhere', async (path) => {
    const answer = await raw(api, head(`POST ${path}`, { 'content-type': 'application/json' }));
    expect(answer).toMatchObject(problem(401, 'unauthorized'));
  });

  it.each(['DELETE /v1/metadata', 'PUT /metadata', 'POST /v1/gpus', 'PUT /nowhere'])(
    '%s is answered 401, whatever methods that path takes',
    async (line) => {
      expect(await raw(api, head(line, {}))).toMatchObject(problem(401, 'unauthorized'));
    },
  );

  it.each(['X-API-Key', 'Authorization'])('an unknown key in %s opens nothing', async (name) => {
    const answer = await post(api, '{}', { [name]: 'Bearer unknown' });
    expect(await refusalOf(answer)).toMatchObject(problem(401, 'unauthorized'));
  });

  it.each(OPEN)('%s is open, to forwarded requests too', async (path) => {
    expect((await fetch(api.url + path)).status).toBe(200);
    const forwarded = { 'x-forwarded-for': '203.0.113.7', host: 'api.example' };
    expect((await raw(api, head(`GET ${path}`, forwarded))).status).toBe(200);
  });

  it.each(OPEN)(
    'another method on %s is answered 405, since everybody may know what is there',
    async (path) => {
      const answer = await raw(api, head(`PUT ${path}`, {}));
      expect(answer).toMatchObject(problem(405, 'method_not_allowed'));
      expect(answer.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    },
  );

  it('/metrics is there for loopback and nobody behind a proxy', async () => {
    expect((await fetch(`${api.url}/metrics`)).status).toBe(200);
    const forwarded = await fetch(`${api.url}/metrics`, { headers: { 'x-forwarded-for': '127.0.0.1' } });
    expect(await refusalOf(forwarded)).toMatchObject(problem(403, 'address_not_allowed'));
  });

  it.each(['evil.example', '127.0.0.1.evil.example:8000', ''])(
    '/metrics is not there for a page that a browser of this machine opened as "%s"',
    async (host) => {
      expect(await raw(api, head('GET /metrics', { host }))).toMatchObject(
        problem(403, 'address_not_allowed'),
      );
      const absolute = head(`GET http://${host || 'evil.example'}/metrics`, {});
      expect(await raw(api, absolute)).toMatchObject(problem(403, 'address_not_allowed'));
    },
  );

  it('a client without Host is answered by HTTP/1.0', async () => {
    const answer = await raw(api, 'GET /health/live HTTP/1.0\r\n\r\n');
    expect(answer.status).toBe(200);
  });
});

describe('with METRICS_CIDRS', () => {
  it('/metrics is there for those addresses, behind a proxy too', async () => {
    const api = await startApi({
      AUTH_MODE: 'required',
      API_KEYS_FILE: '/nowhere/api-keys.json',
      METRICS_CIDRS: '127.0.0.0/8',
    });
    try {
      const forwarded = await fetch(`${api.url}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.7' } });
      expect(forwarded.status).toBe(200);
    } finally {
      await api.stop();
    }
  });
});

describe('with AUTH_MODE=off', () => {
  const FORWARDING = [
    ['Forwarded', 'for=203.0.113.7'],
    ['X-Forwarded-For', '203.0.113.7'],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Host', 'localhost'],
    ['x-FORWARDED-anything', ''],
    ['Host', 'evil.example'],
    ['Host', 'evil.example:8000'],
    ['Host', 'localhost.evil.example'],
    ['Host', '127.0.0.1.evil.example'],
    ['Host', ''],
    ['Host', '192.168.1.7'],
  ] as const;
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.stop());

  it.each(FORWARDING)('a request with %s: %s is answered 403', async (name, value) => {
    const headers = name === 'Host' ? { host: value } : { [name]: value };
    for (const path of ['/v1/metadata', '/health', '/nowhere', '/metrics']) {
      expect(await raw(api, head(`GET ${path}`, headers))).toMatchObject(problem(403, 'address_not_allowed'));
    }
  });

  it('a request without Host is answered 403', async () => {
    expect(await raw(api, 'GET /health HTTP/1.0\r\n\r\n')).toMatchObject(problem(403, 'address_not_allowed'));
  });

  it.each(['localhost:PORT', 'localhost', 'LOCALHOST', '127.0.0.1', '127.0.0.1:PORT', '[::1]', '[::1]:PORT'])(
    'a request with Host: %s is served',
    async (host) => {
      const named = host.replace('PORT', String(portOf(api)));
      expect((await raw(api, head('GET /health', { host: named }))).status).toBe(200);
    },
  );

  it.each([
    ['tells the client that it forwards for', { xfwd: true }],
    ['tells it and writes the Host of its target', { xfwd: true, changeOrigin: true }],
    ['keeps silent about the client and keeps the Host it was called by', {}],
  ])('nothing passes a proxy that %s', async (_name, options) => {
    const proxy = createProxyServer({ target: api.url, ...options });
    const server = createServer((incoming, answer) => {
      proxy.web(incoming, answer);
    });
    try {
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as AddressInfo;
      const headers = { host: 'abc.ngrok.example', 'content-type': 'application/json' };
      const text = JSON.stringify(submissionBody());
      const length = { 'content-length': Buffer.byteLength(text) };
      const answer = await writeThenRead(port, [postHead({ ...headers, ...length }), text]);
      expect(answer).toMatchObject(problem(403, 'address_not_allowed'));
    } finally {
      server.close();
      proxy.close();
    }
  });
});

describe('behind a trusted proxy', () => {
  const key = newApiKey();
  let api: AppProcess;
  let file: KeyFile;

  beforeAll(async () => {
    file = new KeyFile();
    file.add('guest');
    api = await startApi(
      {
        AUTH_MODE: 'required',
        API_KEYS_FILE: file.path,
        KAFKA_BROKERS: '127.0.0.1:1',
        TRUSTED_PROXIES: '127.0.0.0/8,10.0.0.0/8,::1/128',
        ALLOWED_CIDRS: '203.0.113.0/24,2001:db8::/32',
      },
      '/health/live',
    );
  });
  afterAll(async () => {
    await api.stop();
    file.remove();
  });

  async function codeFor(chain: string | undefined, path = '/v1/metadata'): Promise<unknown> {
    const headers = { 'x-api-key': key, ...(chain !== undefined && { 'x-forwarded-for': chain }) };
    const { status, problem: body } = await raw(api, head(`GET ${path}`, headers));
    return (body as { code?: string } | undefined)?.code ?? status;
  }

  it.each([
    ['203.0.113.7', 'unauthorized'],
    ['198.51.100.1, 203.0.113.7', 'unauthorized'],
    ['203.0.113.7, 10.1.2.3, 127.0.0.1', 'unauthorized'],
    ['::ffff:203.0.113.7', 'unauthorized'],
    ['[2001:db8::5]:4711', 'unauthorized'],
    ['203.0.113.7, 198.51.100.1', 'address_not_allowed'],
    ['203.0.113.7, nonsense', 'address_not_allowed'],
    ['nonsense', 'address_not_allowed'],
    [undefined, 'address_not_allowed'],
  ])('a request for %s is answered %s', async (chain, expected) => {
    expect(await codeFor(chain)).toBe(expected);
  });

  it('probes are answered whatever the address, and /metrics by its own rule', async () => {
    expect(await codeFor('198.51.100.1', '/health/live')).toBe(200);
    expect(await codeFor('203.0.113.7', '/metrics')).toBe('address_not_allowed');
    expect(await codeFor(undefined, '/metrics')).toBe(200);
    expect(await codeFor('127.0.0.1', '/metrics')).toBe(200);
  });

  it('wrong keys are counted by the address of the client, which the log tells', async () => {
    const codes = new Set<unknown>();
    for (let attempt = 0; attempt < 31; attempt++) codes.add(await codeFor('203.0.113.99'));
    expect(codes).toEqual(new Set(['unauthorized', 'too_many_failures']));
    expect(await codeFor('203.0.113.98')).toBe('unauthorized');
    const isLogged = (): boolean => api.output.includes('"remote":"203.0.113.99"');
    expect(await eventually(isLogged, 10_000)).toBe(true);
  });
});

describe('a configuration with faults', () => {
  it('ends the start with every fault in one message, no value of a secret and no stack trace', async () => {
    const secret = 'hunter2-hunter2';
    const api = AppProcess.spawn('processor-api', {
      AUTH_MODE: 'off',
      HOST: '0.0.0.0',
      PORT: '70000',
      LOG_LEVEL: 'loud',
      METRICS_CIDRS: '10.0.0.0',
      MAX_BODY_BYTES: '1MiB',
      PUBLISH_TIMEOUT_MS: '-1',
      KAFKA_BROKERS: 'no-port',
      KAFKA_SSL: 'true',
      KAFKA_SSL_CA_FILE: '/nowhere/ca.pem',
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_PASSWORD: secret,
    });
    expect(await api.exited).toBe(1);
    const [title, ...faults] = api.output.trimEnd().split('\n');
    expect(title).toBe('The configuration has 9 fault(s):');
    expect(faults.map((fault) => fault.trim().split(':')[0]).sort()).toEqual([
      'AUTH_MODE',
      'KAFKA_BROKERS',
      'KAFKA_SASL_USERNAME',
      'KAFKA_SSL_CA_FILE',
      'LOG_LEVEL',
      'MAX_BODY_BYTES',
      'METRICS_CIDRS',
      'PORT',
      'PUBLISH_TIMEOUT_MS',
    ]);
    expect(api.output).not.toContain(secret);
  });

  it.each(['0.0.0.0', '::', '10.1.2.3', 'api.example'])(
    'AUTH_MODE=off is refused on HOST=%s',
    async (host) => {
      const api = AppProcess.spawn('processor-api', { AUTH_MODE: 'off', HOST: host });
      expect(await api.exited).toBe(1);
      expect(api.output).toMatch(/^The configuration has 1 fault\(s\):\n {2}AUTH_MODE: [^\n]+\n$/);
    },
  );
});
