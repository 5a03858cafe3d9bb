import { Cors } from './cors';

const APP = 'https://app.example';
const METHODS = ['OPTIONS', 'POST'];

describe(Cors.name, () => {
  const cors = new Cors([APP, 'http://localhost:3000']);
  const preflight = (origin: string): Record<string, string> => ({
    origin,
    'access-control-request-method': 'POST',
  });

  it('says nothing at all where no origin is allowed', () => {
    const nobody = new Cors([]);
    expect(nobody.headersFor({ origin: APP })).toEqual({});
    expect(nobody.preflightHeadersFor(preflight(APP), METHODS)).toEqual({});
  });

  it.each([APP, 'http://localhost:3000'])('lets a page of %s read every answer', (origin) => {
    expect(cors.headersFor({ origin })).toEqual({
      vary: 'origin',
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'location, retry-after, ratelimit, ratelimit-policy',
    });
  });

  it.each([
    undefined,
    '',
    'null',
    'https://app.example.evil.example',
    'https://app.example:8443',
    'http://app.example',
    'https://APP.example',
    'https://app.example/',
    `${APP}, ${APP}`,
    '*',
  ])('lets no page of "%s" read any, and keeps caches from mixing them up', (origin) => {
    const headers = { ...(origin !== undefined && { origin }) };
    expect(cors.headersFor(headers)).toEqual({ vary: 'origin' });
    expect(cors.preflightHeadersFor({ ...headers, ...preflight(origin ?? '') }, METHODS)).toEqual({});
  });

  it('tells a browser which methods and headers a page may send', () => {
    expect(cors.preflightHeadersFor(preflight(APP), METHODS)).toEqual({
      'access-control-allow-methods': 'OPTIONS, POST',
      'access-control-allow-headers': expect.stringMatching(/^authorization, x-api-key, content-type, /),
      'access-control-max-age': '7200',
    });
  });

  it('takes an OPTIONS that names no method for no question of a browser', () => {
    expect(cors.preflightHeadersFor({ origin: APP }, METHODS)).toEqual({});
  });
});
