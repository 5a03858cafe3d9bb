import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { trace } from '@opentelemetry/api';
import { PipelineError } from '@libs/domain';
import { Tracing } from '@libs/platform';
import type { AccessPolicy } from '../access/access-policy';
import { Cors } from './cors';
import { createHttpAdapter } from './http-server';
import { OpenConnections } from './open-connections';
import { RequestLifecycle } from './request-lifecycle';
import type { RequestLog } from './request-log';
import { RequestSpans } from './request-spans';
import { RouteTable } from './route-table';

const MAX_CONNECTIONS = 2;

describe(RequestLifecycle.name, () => {
  let server: FastifyInstance;
  let connections: OpenConnections;
  let refusal: PipelineError | undefined;
  /** Resolves the answer of GET /slow. */
  let answerSlow: () => void;
  let isAsked: Promise<void>;
  let logged: (readonly [route: string | undefined, status: number])[];

  beforeEach(async () => {
    refusal = undefined;
    logged = [];
    server = createHttpAdapter({ keepAliveTimeoutMs: 5_000, tls: undefined }).getInstance();
    connections = new OpenConnections(server.server, {
      maxConnections: MAX_CONNECTIONS,
      maxConnectionsPerAddress: Infinity,
      answerIdleTimeoutMs: 30_000,
    });
    const access = {
      addressOf: () => '192.0.2.1',
      admit: () => (refusal ? Promise.reject(refusal) : Promise.resolve()),
    };
    const log = {
      answered: ({ route }, status) => logged.push([route?.pattern, status]),
      broken: ({ status }) => logged.push(['broken', status]),
    } satisfies Pick<RequestLog, 'answered' | 'broken'>;
    new RequestLifecycle(
      connections,
      access as unknown as AccessPolicy,
      log as unknown as RequestLog,
      new RequestSpans(new Tracing(trace)),
    ).install(server, new RouteTable(), new Cors(['https://app.example']));
    server.setErrorHandler<PipelineError>(({ code }, _request, reply) => reply.status(400).send({ code }));
    const config = { access: 'open' } as const;
    server.get('/', { config }, () => 'here');
    isAsked = new Promise((asked) => {
      server.get('/slow', { config }, async () => {
        asked();
        await new Promise<void>((resolve) => (answerSlow = resolve));
        return 'at last';
      });
    });
    await server.listen({ host: '127.0.0.1', port: 0 });
  });
  afterEach(() => server.close());

  const port = (): number => (server.server.address() as AddressInfo).port;
  const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port()}${path}`);
  const codeOf = async (answer: Response): Promise<string> =>
    ((await answer.json()) as { code: string }).code;

  async function untilLogged(count: number): Promise<void> {
    while (logged.length < count) await new Promise(setImmediate);
  }

  /** Everything that comes back until the connection ends. */
  async function exchange(text: string): Promise<string> {
    const socket = connect(port(), '127.0.0.1').setEncoding('utf8');
    let received = '';
    socket.on('data', (piece: string) => (received += piece));
    socket.write(text);
    await once(socket, 'close');
    return received;
  }

  it('gives every answer its headers, and logs it once its route was found and it is out', async () => {
    const answer = await get('/');
    expect([answer.status, answer.headers.get('x-content-type-options')]).toEqual([200, 'nosniff']);
    await get('/nowhere');
    await untilLogged(2);
    expect(logged).toEqual([
      ['/', 200],
      [undefined, 400],
    ]);
  });

  it('serves nobody whom access refuses, and tells them what it said, also a page of another origin', async () => {
    refusal = new PipelineError('unauthorized', 'no key');
    const origin = 'https://app.example';
    const answer = await fetch(`http://127.0.0.1:${port()}/nowhere`, { headers: { origin } });
    expect(await codeOf(answer)).toBe('unauthorized');
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
  });

  it.each(['', 'Host: one\r\nHost: two\r\n'])(
    'refuses HTTP/1.1 that names its host by "%s"',
    async (hosts) => {
      const text = await exchange(`GET / HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`);
      expect(text).toContain('"code":"invalid_request"');
    },
  );

  it.each(['/', '/slow/?a=1', 'http://here/', '*', 'http://here'])(
    'answers OPTIONS %s with the methods alone',
    async (target) => {
      const text = await exchange(`OPTIONS ${target} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n`);
      expect(text).toMatch(/^HTTP\/1\.1 204 No Content\r\nallow: GET, HEAD, OPTIONS\r\n[^]*\r\n\r\n$/);
      await untilLogged(1);
    },
  );

  it('answers what is no HTTP, and counts it', async () => {
    expect(await exchange('what is this\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*"code":"invalid_request"/s);
    expect(logged).toEqual([['broken', 400]]);
  });

  it('finishes a request whose client left before its answer', async () => {
    const socket = connect(port(), '127.0.0.1');
    socket.write('GET /slow HTTP/1.1\r\nHost: here\r\n\r\n');
    await isAsked;
    socket.resetAndDestroy();
    while (connections.count > 0) await new Promise(setImmediate);
    answerSlow();
    await untilLogged(1);
    expect(logged).toEqual([['/slow', 200]]);
  });

  it.each([
    ['a request', 'GET /slow HTTP/1.1\r\nHost: here\r\n\r\n'],
    ['a request of HTTP/1.0', 'GET /slow HTTP/1.0\r\n\r\n'],
    [
      'the last of several requests',
      'GET / HTTP/1.1\r\nHost: here\r\n\r\nGET /slow HTTP/1.1\r\nHost: here\r\n\r\n',
    ],
  ])('answers a client that ends its side behind %s, and closes the connection', async (_name, text) => {
    const accepted = once(server.server, 'connection') as Promise<[Socket]>;
    const socket = connect({ port: port(), host: '127.0.0.1', allowHalfOpen: true }).setEncoding('utf8');
    let received = '';
    socket.on('data', (piece: string) => (received += piece)).end(text);
    await isAsked;
    const [peer] = await accepted;
    while (!peer.readableEnded) await new Promise(setImmediate);
    answerSlow();
    await once(socket, 'close');
    expect(received).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\nat last$/);
  });

  it('answers what it admitted while it closes, and refuses what comes then', async () => {
    const slow = get('/slow');
    await isAsked;
    const closed = server.close();
    const late = await get('/');
    expect([await codeOf(late), late.headers.get('connection')]).toEqual(['shutting_down', 'close']);
    answerSlow();
    const answer = await slow;
    expect([await answer.text(), answer.headers.get('connection')]).toEqual(['at last', 'close']);
    await closed;
  });
});
