import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PipelineError } from '@libs/domain';
import type { NestLogger } from '@libs/platform';
import { ProblemFilter } from './problems/problem.filter';
import { RecordServer, type Answer } from './record-server';
import type { RequestInfo } from './request-info';
import type { RequestLifecycle } from './request-lifecycle';
import { RouteTable } from './route-table';

describe(RecordServer.name, () => {
  let server: Server;
  let answer: (request: RequestInfo) => Promise<Answer>;
  let refusal: PipelineError | undefined;
  const logged: unknown[] = [];
  const finished: string[] = [];

  beforeAll(async () => {
    const lifecycle = {
      admit: () => (refusal ? Promise.reject(refusal) : Promise.resolve()),
      headersFor: () => ({ 'x-common': 'yes' }),
      finishOnClose: ({ route }) => finished.push(route?.pattern ?? 'none'),
    } satisfies Pick<RequestLifecycle, 'admit' | 'headersFor' | 'finishOnClose'>;
    const logger = { pino: { error: (facts: unknown) => logged.push(facts) } };
    server = createServer((_request, response) => response.end('the framework'));
    const records = new RecordServer(
      lifecycle as unknown as RequestLifecycle,
      new ProblemFilter(logger as unknown as NestLogger),
      new RouteTable(),
    );
    records.install(server, [
      { paths: ['/records', '/v1/records'], access: 'ingest', answer: (request) => answer(request) },
    ]);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  });
  beforeEach(() => {
    refusal = undefined;
    logged.length = 0;
    finished.length = 0;
    answer = () => Promise.resolve({ status: 202, headers: { location: '/x' }, body: { id: 'é' } });
  });
  afterAll(() => server.close());

  const ask = (path: string, method = 'POST'): Promise<Response> =>
    fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { method });

  it.each(['/records', '/v1/records?a=1'])('answers a POST to %s as its route does', async (path) => {
    const { status, headers, ...rest } = await ask(path).then(async (reply) => ({
      status: reply.status,
      headers: Object.fromEntries(reply.headers),
      body: await reply.json(),
    }));
    expect([status, rest.body]).toEqual([202, { id: 'é' }]);
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-common': 'yes',
      location: '/x',
    });
  });

  it.each([
    ['/records', 'GET'],
    ['/records/', 'POST'],
    ['/other', 'POST'],
  ])('leaves %s by %s to the framework', async (path, method) => {
    expect(await (await ask(path, method)).text()).toBe('the framework');
    expect(finished).toEqual([]);
  });

  it('tells why a request was not admitted, and does not ask its route', async () => {
    refusal = new PipelineError('unauthorized', 'no key');
    answer = () => Promise.reject(new Error('it was asked'));
    const reply = await ask('/records');
    expect([reply.status, reply.headers.get('content-type')]).toEqual([401, 'application/problem+json']);
    expect(await reply.json()).toMatchObject({ code: 'unauthorized', detail: 'no key' });
    expect([logged, finished]).toEqual([[], ['/records']]);
  });

  it('logs an error that nobody foresaw once, and tells the client its request id alone', async () => {
    const err = new TypeError('a secret');
    answer = () => Promise.reject(err);
    const reply = await ask('/records');
    const { code, detail, requestId } = (await reply.json()) as Record<string, string>;
    expect([reply.status, code, detail]).toEqual([
      500,
      'internal_error',
      'the request could not be processed',
    ]);
    expect(logged).toEqual([{ requestId, err }]);
  });
});
