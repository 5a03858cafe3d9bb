import { createServer, request as forward, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { submissionBody } from '@libs/contracts/testing';
import { AppProcess } from '../../../tools/testing/app-process';
import { head, portOf, post, problem, raw, refusalOf, startApi } from './api';

const OPEN = ['/health', '/health/live', '/health/ready', '/docs', '/openapi.json'];

jest.setTimeout(60_000);

describe('with AUTH_MODE=required and no key', () => {
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi({ AUTH_MODE: 'required' });
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
    '/metrics/',
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
    expect([401, 404]).toContain(answer.status);
  });

  it.each(['X-API-Key', 'Authorization'])('an unknown key in %s opens nothing', async (name) => {
    const answer = await post(api, '{}', { [name]: 'Bearer unknown' });
    expect(await refusalOf(answer)).toMatchObject(problem(401, 'unauthorized'));
  });

  it.each(OPEN)('%s is open, to forwarded requests too', async (path) => {
    expect((await fetch(api.url + path)).status).toBe(200);
    const forwarded = { 'x-forwarded-for': '203.0.113.7', host: 'api.example' };
    expect((await raw(api, head(`GET ${path}`, forwarded))).status).toBe(200);
  });

  it('/metrics is there for loopback and nobody behind a proxy', async () => {
    expect((await fetch(`${api.url}/metrics`)).status).toBe(200);
    const forwarded = await fetch(`${api.url}/metrics`, { headers: { 'x-forwarded-for': '127.0.0.1' } });
    expect(await refusalOf(forwarded)).toMatchObject(problem(403, 'address_not_allowed'));
  });

  it('a client without Host is answered by HTTP/1.0', async () => {
    const answer = await raw(api, 'GET /health/live HTTP/1.0\r\n\r\n');
    expect(answer.status).toBe(200);
  });
});

describe('with METRICS_CIDRS', () => {
  it('/metrics is there for those addresses, behind a proxy too', async () => {
    const api = await startApi({ AUTH_MODE: 'required', METRICS_CIDRS: '127.0.0.0/8' });
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
    ['keeps the Host it was called by', (): string => 'abc.ngrok.example'],
    ['writes the Host of its target', (): string => `localhost:${portOf(api)}`],
  ])('nothing passes an HTTP tunnel that %s', async (_name, host) => {
    const tunnel = await httpTunnel(api, host());
    try {
      const { port } = tunnel.address() as AddressInfo;
      const answer = await fetch(`http://127.0.0.1:${port}/v1/metadata`, {
        method: 'POST',
        body: JSON.stringify(submissionBody()),
        headers: { 'content-type': 'application/json' },
      });
      expect(await refusalOf(answer)).toMatchObject(problem(403, 'address_not_allowed'));
    } finally {
      tunnel.close();
    }
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

/** What ngrok does: takes any request and passes it on with the client's address. */
async function httpTunnel(api: AppProcess, host: string): Promise<Server> {
  const server = createServer((incoming, answer) => {
    const headers = {
      ...incoming.headers,
      host,
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'abc.ngrok.example',
    };
    const { method, url } = incoming;
    const outgoing = forward(
      { host: '127.0.0.1', port: portOf(api), method, path: url, headers },
      (received) => {
        answer.writeHead(received.statusCode ?? 502, received.headers);
        received.pipe(answer);
      },
    );
    incoming.pipe(outgoing);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}
