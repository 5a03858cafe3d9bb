import type { AppProcess } from '@libs/testing/app-process';
import { raw, startApi, head } from './api';

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

describe('the files of the console', () => {
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi({ KAFKA_BROKERS: '127.0.0.1:1' }, '/health/live');
  });
  afterAll(() => api.stop());

  it.each([
    ['/console', 'text/html; charset=utf-8'],
    ['/console/', 'text/html; charset=utf-8'],
    ['/console/console.css', 'text/css; charset=utf-8'],
    ['/console/main.js', 'text/javascript; charset=utf-8'],
    ['/console/icon.svg', 'image/svg+xml'],
    ['/console/uplot.js', 'text/javascript; charset=utf-8'],
    ['/console/uplot.css', 'text/css; charset=utf-8'],
  ])('%s comes as %s, with every header that narrows what a browser may do', async (path, type) => {
    const answer = await fetch(api.url + path);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': type,
      'content-security-policy': CSP,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-cache',
    });
    expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(100);
  });

  it('hold no script and no style of their own in the page', async () => {
    const page = await (await fetch(`${api.url}/console`)).text();
    expect(page).not.toMatch(/<script(?![^>]*\ssrc="\/console\/)/);
    expect(page).not.toMatch(/<style|\sstyle=|\son[a-z]+=/);
    expect(page).not.toMatch(/https?:/);
  });

  it('are sent again only when they changed', async () => {
    const first = await fetch(`${api.url}/console/uplot.js`);
    const headers = { 'if-none-match': `"other", ${first.headers.get('etag')}` };
    const again = await fetch(`${api.url}/console/uplot.js`, { headers });
    expect(again.status).toBe(304);
    expect(again.headers.get('content-security-policy')).toBe(CSP);
    expect(await again.text()).toBe('');
    const other = await fetch(`${api.url}/console/main.js`, { headers });
    expect(other.status).toBe(200);
  });

  it.each([
    ['gzip, br', 'gzip'],
    ['br;q=1.0, gzip;q=0.8', 'gzip'],
    ['gzip;q=0', undefined],
    ['identity', undefined],
  ])('are compressed for a browser that accepts %s: %s', async (accepted, encoding) => {
    const answer = await raw(api, head('GET /console/uplot.css', { 'accept-encoding': accepted }));
    expect(answer.headers.get('content-encoding')).toBe(encoding);
    expect(answer.headers.get('vary')).toBe('accept-encoding');
  });

  it.each([
    ['/console/../../package.json', 400],
    ['/console/..%2f..%2fconfig.js', 400],
    ['/console/%2e%2e/main.js.map', 400],
    ['/console//etc/passwd', 400],
    ['/console/main.js%00.css', 400],
    ['/console/serve-console.js', 404],
    ['/console/page/index.html', 404],
    ['/console/tsconfig.json', 404],
    ['/console/index.html', 404],
    ['/console/main.js//', 400],
  ])('are the only ones: %s is answered %s', async (path, status) => {
    expect(await raw(api, head(`GET ${path}`, {}))).toMatchObject({ status });
  });

  it('are read only', async () => {
    const answer = await fetch(`${api.url}/console`, { method: 'POST' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });
});
