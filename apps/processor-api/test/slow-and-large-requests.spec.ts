import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { submissionBody } from '@libs/contracts/testing';
import { eventually, type AppProcess } from '@libs/testing/app-process';
import { KeyFile } from '@libs/testing/key-file';
import { head, postHead, problem, raw, startApi, type RequestHeaders } from './api';
import type { RawAnswer } from './raw-exchange';

const MIB = 1024 * 1024;
const CLIENTS = 10;
const IDLE_TIMEOUT_MS = 1_500;
/** What a loaded machine adds. */
const GENEROUS_MS = 10_000;

jest.setTimeout(90_000);

/** Ten clients, one after the other, that each send `bytes` in full before they read. */
async function tenClients(api: AppProcess, start: string, bytes: number): Promise<RawAnswer[]> {
  const body = Buffer.alloc(bytes, ' ');
  const answers: RawAnswer[] = [];
  while (answers.length < CLIENTS) answers.push(await raw(api, start, body));
  return answers;
}

function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}

describe('a client that writes all of its body before it reads', () => {
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.stop());

  it.each([
    ['that is too large', postHead({ 'content-length': 9 * MIB }), 413, 'body_too_large'],
    ['that is too large, in chunks', chunkedHead(9 * MIB), 413, 'body_too_large'],
    [
      'of another type',
      head('POST /v1/metadata', { 'content-length': 9 * MIB }),
      415,
      'unsupported_media_type',
    ],
    ['for no path', postHead({ 'content-length': 9 * MIB }, '/nowhere'), 404, 'not_found'],
    ['for an undecodable path', postHead({ 'content-length': 9 * MIB }, '/%zz'), 400, 'invalid_request'],
    ['after too many headers', postHead({ x: 'x'.repeat(20_000) }), 431, 'headers_too_large'],
    ['that is no HTTP', 'garbage\r\n\r\n', 400, 'invalid_request'],
  ] as const)('sees the refusal of a body %s, 10 of 10 times', async (_name, start, status, code) => {
    expect(await tenClients(api, start, 9 * MIB)).toMatchObject(times(CLIENTS, problem(status, code)));
  });

  it('may use the connection again once its refused body was dropped', async () => {
    expect(await overOneConnection(api, [2 * MIB, 2])).toEqual([413, 422]);
  });

  it('is cut off when it goes on past 16 MiB', async () => {
    const start = postHead({ 'content-length': 64 * MIB });
    await expect(raw(api, start, ...times(16, Buffer.alloc(4 * MIB)))).rejects.toThrow(/ECONNRESET|EPIPE/);
  });

  it('sees the 401 where keys are required, whatever else is wrong with the request', async () => {
    const closed = await startApi({ AUTH_MODE: 'required' });
    try {
      const start = head('POST /v1/metadata', { 'content-type': 'text/plain', 'content-length': 9 * MIB });
      expect(await tenClients(closed, start, 9 * MIB)).toMatchObject(
        times(CLIENTS, problem(401, 'unauthorized')),
      );
    } finally {
      await closed.stop();
    }
  });

  it('gets the 401 before its body is there', async () => {
    const closed = await startApi({ AUTH_MODE: 'required' });
    try {
      const answer = await raw(closed, postHead({ 'content-length': 9 * MIB }));
      expect(answer).toMatchObject(problem(401, 'unauthorized'));
      expect(answer.ms).toBeLessThan(5_000); // half of the time that a body may stop for
    } finally {
      await closed.stop();
    }
  });
});

describe('a client that writes all of its body before it reads, over a connection that ends with the answer', () => {
  const file = new KeyFile();
  const keys = {
    none: '',
    reader: file.add('reader', { scopes: ['read'] }),
    writer: file.add('writer'),
    spent: file.add('spent', { quotaPerMinute: 1 }),
  };
  const text = { 'content-type': 'text/plain' };
  const elsewhere = { 'x-forwarded-for': '203.0.113.7' };
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi({
      AUTH_MODE: 'required',
      API_KEYS_FILE: file.path,
      ALLOWED_CIDRS: '127.0.0.0/8',
      TRUSTED_PROXIES: '127.0.0.1/32',
    });
    const headers = { 'x-api-key': keys.spent };
    await eventually(async () => (await fetch(`${api.url}/nowhere`, { headers })).status === 429, 20_000);
  });
  afterAll(async () => {
    await api.stop();
    file.remove();
  });

  const answers: readonly (readonly [number, keyof typeof keys, string, RequestHeaders])[] = [
    [401, 'none', 'POST /v1/metadata', {}],
    [401, 'none', 'POST /v1/metadata/batch', {}],
    [401, 'none', 'POST /v1/metadata/search', {}],
    [401, 'none', 'POST /nowhere', {}],
    [401, 'none', 'GET /v1/metadata', {}],
    [403, 'writer', 'POST /v1/metadata', elsewhere],
    [403, 'reader', 'POST /v1/metadata/batch', {}],
    [403, 'writer', 'POST /v1/metadata/search', elsewhere],
    [403, 'reader', 'POST /v1/token-usage', {}],
    [404, 'writer', 'POST /nowhere', {}],
    [404, 'writer', 'GET /nowhere', {}],
    [405, 'writer', 'PUT /v1/metadata', {}],
    [405, 'none', 'POST /health/live', {}],
    [413, 'writer', 'POST /v1/metadata', {}],
    [413, 'writer', 'POST /v1/gpu-metrics', {}],
    [413, 'writer', 'POST /v1/metadata/search', {}],
    [415, 'writer', 'POST /v1/metadata', text],
    [415, 'writer', 'POST /v1/metadata/batch', text],
    [415, 'writer', 'POST /v1/metadata/search', text],
    [429, 'spent', 'POST /v1/metadata', {}],
    [429, 'spent', 'POST /v1/metadata/batch', {}],
    [429, 'spent', 'POST /v1/metadata/search', {}],
    [429, 'spent', 'POST /nowhere', {}],
    [200, 'none', 'GET /health/live', {}],
    [204, 'none', 'OPTIONS /v1/metadata', {}],
    [501, 'reader', 'GET /v1/gpus', {}],
  ];

  it.each(answers)('sees the %i for %s at %s', async (status, key, line, headers) => {
    const seen: unknown[] = [];
    for (const version of ['1.0', '1.1']) {
      for (const bytes of [5 * MIB, 15 * MIB]) {
        const given = { 'content-type': 'application/json', 'x-api-key': keys[key], connection: 'close' };
        const start = head(line, { ...given, ...headers, 'content-length': bytes }, version);
        const answer = await raw(api, start, Buffer.alloc(bytes, ' '));
        seen.push([version, bytes / MIB, answer.status]);
      }
    }
    expect(seen).toEqual([
      ['1.0', 5, status],
      ['1.0', 15, status],
      ['1.1', 5, status],
      ['1.1', 15, status],
    ]);
  });
});

describe('a body that stops before its end', () => {
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi({ BODY_IDLE_TIMEOUT_MS: String(IDLE_TIMEOUT_MS) });
  });
  afterAll(() => api.stop());

  it.each([
    ['of known length', postHead({ 'content-length': 100 }), '{"model"'],
    ['of which nothing came', postHead({ 'content-length': 100 }), ''],
    ['in chunks', postHead({ 'transfer-encoding': 'chunked' }), '8\r\n{"model"\r\n'],
    ['inside a chunk', postHead({ 'transfer-encoding': 'chunked' }), '8\r\n{"mo'],
  ])('is answered 408 while its client waits: %s', async (_name, start, part) => {
    const answer = await raw(api, start, part);
    expect(answer).toMatchObject(problem(408, 'request_timeout'));
    expect(answer.headers.get('connection')).toBe('close');
    expect(answer.ms).toBeGreaterThanOrEqual(IDLE_TIMEOUT_MS - 20);
    expect(answer.ms).toBeLessThan(IDLE_TIMEOUT_MS + GENEROUS_MS);
  });

  it('has all the time it needs as long as pieces keep coming', async () => {
    const text = JSON.stringify({ model: 1 });
    const slowly = new ReadableStream({
      async start(controller) {
        for (const character of text) {
          controller.enqueue(Buffer.from(character));
          await new Promise((next) => setTimeout(next, 200));
        }
        controller.close();
      },
    });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${api.url}/v1/metadata`, {
      method: 'POST',
      body: slowly,
      headers,
      duplex: 'half',
    });
    expect(answer.status).toBe(422);
  });
});

describe('a body that keeps coming past REQUEST_TIMEOUT_MS', () => {
  const record = JSON.stringify(submissionBody({ eventId: undefined }));
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi({ REQUEST_TIMEOUT_MS: '1000' });
  });
  afterAll(() => api.stop());

  it.each(['/v1/metadata', '/v1/metadata/batch', '/v1/gpu-metrics'])(
    'is answered 408 by %s',
    async (path) => {
      expect(await trickled(api, path, '')).toMatchObject({
        status: 408,
        connection: 'close',
        body: { code: 'request_timeout', detail: 'the body did not come within 1000 ms' },
      });
    },
  );

  it.each([
    ['an array', 'application/json', `[${record},`],
    ['NDJSON', 'application/x-ndjson', `${record}\n`],
  ])('is the last result of a batch of which records were published: %s', async (_name, type, start) => {
    expect(await trickled(api, '/v1/metadata/batch', start, type)).toMatchObject({
      status: 207,
      connection: 'close',
      body: { results: [{ status: 202 }, { index: 1, status: 408, code: 'request_timeout' }] },
    });
  });
});

describe('memory', () => {
  /** By then V8 and malloc hold what they keep; from here on only a leak grows. */
  const WARM_UP = 2_500;
  const REQUESTS = 10_000;
  const CONNECTIONS = 16;

  it('is back within 64 MiB after 10,000 bad requests', async () => {
    const api = await startApi({ LOG_LEVEL: 'warn' });
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    try {
      await badRequests(api, agent, WARM_UP);
      const before = api.rssMib;
      const statuses = await badRequests(api, agent, REQUESTS);
      expect([...statuses].sort()).toEqual([400, 413, 415, 422]);
      // V8 may have rubbish of the last requests left to collect.
      const isBack = (): boolean => api.rssMib - before < 64;
      expect(await eventually(isBack, 30_000)).toBe(true);
    } finally {
      agent.destroy();
      await api.stop();
    }
  });

  it('holds a body of one-byte chunks in little more than its bytes', async () => {
    // A list of the pieces would not fit into this heap, and end the process.
    const api = await startApi({ LOG_LEVEL: 'warn', NODE_OPTIONS: '--max-old-space-size=96' });
    try {
      const chunks = Buffer.from('1\r\n \r\n'.repeat(MIB));
      const answer = await raw(api, postHead({ 'transfer-encoding': 'chunked' }), chunks, '0\r\n\r\n');
      expect(answer).toMatchObject(problem(400, 'invalid_json'));
    } finally {
      await api.stop();
    }
  });

  async function badRequests(api: AppProcess, agent: Agent, count: number): Promise<Set<number>> {
    const fine = JSON.stringify(submissionBody());
    const bodies: readonly (readonly [Buffer, string])[] = [
      [Buffer.from('{'), 'application/json'],
      [Buffer.from(JSON.stringify(submissionBody({ model: '', embedding: ['x'] }))), 'application/json'],
      [Buffer.from('['.repeat(100_000)), 'application/json'],
      [Buffer.from(fine), 'text/plain'],
      [Buffer.from(JSON.stringify({ ['a'.repeat(10_000)]: 1 })), 'application/json'],
    ];
    const large: readonly (readonly [Buffer, string])[] = [
      [Buffer.from(JSON.stringify(submissionBody({ surprise: 'x'.repeat(1_000_000) }))), 'application/json'],
      [Buffer.alloc(MIB + 1, ' '), 'application/json'],
    ];
    const statuses = new Set<number>();
    let sent = 0;
    const client = async (): Promise<void> => {
      while (sent < count) {
        sent += 1;
        const kinds = sent % 50 === 0 ? large : bodies;
        const [body, type] = kinds[Math.floor(sent / 50 + sent) % kinds.length]!;
        statuses.add(await send(api, agent, body, type));
      }
    };
    await Promise.all(times(CONNECTIONS, client).map((run) => run()));
    return statuses;
  }
});

/** The answer to a body that begins with `start` and goes on with a blank every 100 ms. */
async function trickled(
  api: AppProcess,
  path: string,
  start: string,
  type = 'application/json',
): Promise<object> {
  const outgoing = request(api.url + path, { method: 'POST', headers: { 'content-type': type } });
  outgoing.write(start + ' ');
  const trickle = setInterval(() => outgoing.write(' '), 100);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  clearInterval(trickle);
  const text = Buffer.concat(await answer.toArray()).toString();
  return {
    status: answer.statusCode,
    connection: answer.headers.connection,
    body: JSON.parse(text) as object,
  };
}

async function overOneConnection(api: AppProcess, lengths: readonly number[]): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const statuses: number[] = [];
  const body = (length: number): Buffer => Buffer.from('{}'.padEnd(length, ' '));
  for (const length of lengths) statuses.push(await send(api, agent, body(length), 'application/json'));
  agent.destroy();
  return statuses;
}

function send(api: AppProcess, agent: Agent, body: Buffer, type: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': type, 'content-length': body.length };
    const options = { agent, method: 'POST', headers };
    const outgoing = request(`${api.url}/metadata`, options, (answer) => {
      answer
        .on('end', () => {
          resolve(answer.statusCode ?? 0);
        })
        .resume();
    });
    outgoing.on('error', reject).end(body);
  });
}

function chunkedHead(bytes: number): string {
  return `${postHead({ 'transfer-encoding': 'chunked' })}${bytes.toString(16)}\r\n`;
}
