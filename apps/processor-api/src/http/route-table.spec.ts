import fastify from 'fastify';
import type { PipelineError } from '@libs/domain';
import type { RouteAccess } from '@libs/platform';
import { MethodNotAllowed } from './problems/problem';
import type { MatchedRoute } from './request-info';
import { NOT_CANONICAL, WHOLE_SERVER } from './request-target';
import { RouteTable } from './route-table';

interface Routed {
  readonly route: MatchedRoute | undefined;
  readonly refusal: PipelineError | undefined;
}

describe(RouteTable.name, () => {
  let routed: Routed;
  const server = fastify();
  const table = new RouteTable();

  beforeAll(async () => {
    table.watch(server);
    table.add('/records', 'POST', 'ingest');
    table.add('/records/batch', 'POST', 'ingest');
    const serve = (method: 'GET' | 'POST', url: string, access: RouteAccess): void => {
      server.route({ method, url, config: { access }, handler: () => '' });
    };
    serve('GET', '/records/:id', 'read');
    serve('GET', '/page', 'open');
    serve('POST', '/search', 'read');
    server.addHook('onRequest', async (request, reply) => {
      request.route = table.routeOf(request);
      routed = { route: request.route, refusal: table.refusal(request) };
      await reply.send('');
    });
    await server.ready();
  });
  afterAll(() => server.close());

  async function ask(method: 'GET' | 'POST' | 'DELETE' | 'OPTIONS', url: string): Promise<Routed> {
    await server.inject({ method, url });
    return routed;
  }

  it('takes no route that does not declare who may ask', () => {
    const forgetful = fastify();
    new RouteTable().watch(forgetful);
    const handler = (): string => 'somebody forgot';
    expect(() => forgetful.get('/forgotten', handler)).toThrow('GET /forgotten does not declare its access');
    expect(() => forgetful.post('/forgotten', { config: {} as never }, handler)).toThrow('POST /forgotten');
    expect(() => forgetful.get('/declared', { config: { access: 'read' } }, handler)).not.toThrow();
  });

  it.each([
    ['GET', '/page?a=1', { pattern: '/page', access: 'open' }],
    ['GET', '/records/7', { pattern: '/records/:id', access: 'read' }],
    ['POST', '/search', { pattern: '/search', access: 'read' }],
  ] as const)('serves %s %s as the route that the framework found', async (method, url, route) => {
    expect(await ask(method, url)).toEqual({ route, refusal: undefined });
  });

  it.each([
    ['GET', '/records', ['OPTIONS', 'POST']],
    ['GET', '/records/batch?a=1', ['OPTIONS', 'POST']],
    ['DELETE', '/records/7', ['GET', 'HEAD', 'OPTIONS']],
    ['GET', '/search', ['OPTIONS', 'POST']],
  ] as const)('names the methods of the path that %s %s asks for', async (method, url, allowed) => {
    const { refusal } = await ask(method, url);
    expect(refusal).toBeInstanceOf(MethodNotAllowed);
    expect((refusal as MethodNotAllowed).allowed).toEqual(allowed);
  });

  it('tells only of paths that everybody may ask for that they exist', async () => {
    expect((await ask('POST', '/page')).route).toMatchObject({ pattern: '/page', access: 'open' });
    expect((await ask('DELETE', '/search')).route).toBeUndefined();
  });

  it.each([
    ['/records?a=1', '/records', ['OPTIONS', 'POST']],
    ['/records/7', '/records/:id', ['GET', 'HEAD', 'OPTIONS']],
    ['/page', '/page', ['GET', 'HEAD', 'OPTIONS']],
    [WHOLE_SERVER, '*', ['GET', 'HEAD', 'OPTIONS', 'POST']],
  ])('tells everybody by OPTIONS %s what %s takes', async (url, pattern, methods) => {
    expect(await ask('OPTIONS', url)).toEqual({ route: { pattern, access: 'open' }, refusal: undefined });
    expect(table.methodsAt(url)).toEqual(methods);
  });

  it.each([
    ['/nowhere', 'not_found'],
    [NOT_CANONICAL, 'invalid_request'],
  ])('has no route for %s: %s', async (url, code) => {
    for (const method of ['GET', 'OPTIONS'] as const) {
      const { route, refusal } = await ask(method, url);
      expect([route, refusal?.code]).toEqual([undefined, code]);
    }
  });
});
