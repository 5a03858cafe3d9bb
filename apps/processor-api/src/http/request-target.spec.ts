import { NOT_CANONICAL, normalizeTarget, WHOLE_SERVER } from './request-target';

function normalized(url: string, method = 'GET'): { url: string; host: string | undefined } {
  const request = { method, url, headers: { host: 'api.example' } as { host?: string } };
  normalizeTarget(request);
  return { url: request.url, host: request.headers.host };
}

describe(normalizeTarget.name, () => {
  it.each([
    '/',
    '/v1/metadata',
    '/v1/metadata/0198f2a0-7c1e-7a3b-9f60-2d1f0a6b4c55',
    '/console/main.js',
    '/.hidden/..two/three...',
    "/~a_b-c!$&'()*+,;=:@",
    '/v1/metadata?model=a%2Fb%20c&tag=//../',
    '/v1/metadata?',
    '/v1/metadata?a?b|{c}\\"<d>',
    `/${'a/'.repeat(4_000)}a`,
  ])('leaves %s as it is', (url) => {
    expect(normalized(url)).toEqual({ url, host: 'api.example' });
  });

  it.each([
    ['/v1/metadata/', '/v1/metadata', 'api.example'],
    ['/v1/metadata/?tag=a/', '/v1/metadata?tag=a/', 'api.example'],
    ['/v1/metadata/7/?', '/v1/metadata/7?', 'api.example'],
    [`/${'a/'.repeat(4_000)}`, `/${'a/'.repeat(4_000)}`.slice(0, -1), 'api.example'],
    ['http://localhost/v1/gpus/?a=1', '/v1/gpus?a=1', 'localhost'],
    ['http://localhost:8000/v1/gpus', '/v1/gpus', 'localhost:8000'],
    ['HTTPS://Other.Example/v1/gpus?a=http://b/', '/v1/gpus?a=http://b/', 'Other.Example'],
    ['http://localhost', '/', 'localhost'],
    ['http://localhost?a=1', '/?a=1', 'localhost'],
    ['http://[::1]:8000/', '/', '[::1]:8000'],
  ])('routes %s as %s of %s', (given, url, host) => {
    expect(normalized(given)).toEqual({ url, host });
  });

  it.each([
    '',
    '*',
    'v1/metadata',
    'localhost:8000',
    '//',
    '//v1/metadata',
    '//localhost/v1/metadata',
    '/v1//metadata',
    '/v1/metadata//',
    '/v1/metadata//?a=1',
    '/./v1/metadata',
    '/v1/../v1/metadata',
    '/v1/metadata/.',
    '/v1/metadata/..?a=1',
    '/v1/metadata/./',
    '/v1/metadata/../',
    '/v1/metadata/#',
    '/v1/metadata%2f',
    '/v1/metadata\\',
    '/?/../#',
    '/v1/metadata/%73earch',
    '/%',
    '/v1/metadata%2fsearch',
    '/v1/metadata%00',
    '/v1/metadata#',
    '/v1/metadata#x?y',
    '/v1/metadata?x#y',
    '/v1\\metadata',
    '/v1/metadata\t',
    '/v1/metadata ',
    '/v1/mét',
    '/v1/metadata|',
    'ftp://localhost/v1/metadata',
    'http:///v1/metadata',
    'http://:8000/v1/metadata',
    'http:/v1/metadata',
    'http://user@localhost/v1/metadata',
    'http://localhost\\v1/metadata',
    'http://localhost//v1/metadata',
    'http://localhost//',
    'http://localhost/v1/metadata//',
    'http://localhost/%73earch',
    'http://localhost#/v1/metadata',
    'http://http://localhost/v1/metadata',
  ])('refuses "%s"', (url) => {
    expect(normalized(url).url).toBe(NOT_CANONICAL);
  });

  it.each(['*', 'http://localhost', 'HTTPS://localhost:8000'])(
    'takes OPTIONS %s for the whole server',
    (url) => {
      expect(normalized(url, 'OPTIONS').url).toBe(WHOLE_SERVER);
    },
  );

  it.each(['//*', '/*/', '**', '*?', '*/', 'http://localhost/', 'http://localhost/*', 'http://localhost?'])(
    'takes OPTIONS %s for no more than a path',
    (url) => {
      expect(normalized(url, 'OPTIONS').url).not.toBe(WHOLE_SERVER);
    },
  );
});
