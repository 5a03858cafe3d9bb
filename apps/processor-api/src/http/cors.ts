import type { IncomingHttpHeaders } from 'node:http';

type Headers = Readonly<Record<string, string>>;

const NONE: Headers = Object.freeze({});
const ALLOWED_HEADERS =
  'authorization, x-api-key, content-type, content-encoding, idempotency-key, traceparent';
const EXPOSED_HEADERS = 'location, retry-after, ratelimit, ratelimit-policy';
/** The longest that Chromium keeps it. */
const MAX_AGE_SECONDS = 7_200;

/**
 * Lets web pages of other origins use the API: https://fetch.spec.whatwg.org/#http-cors-protocol. Without credentials
 * in its sense, which are cookies and certificates: a page sends its API key itself.
 */
export class Cors {
  private readonly origins: ReadonlySet<string>;

  constructor(origins: readonly string[]) {
    this.origins = new Set(origins);
  }

  /** What every answer carries. */
  headersFor({ origin }: IncomingHttpHeaders): Headers {
    if (this.origins.size === 0) return NONE;
    if (!this.allows(origin)) return { vary: 'origin' };
    return {
      vary: 'origin',
      'access-control-allow-origin': origin,
      'access-control-expose-headers': EXPOSED_HEADERS,
    };
  }

  /** What the answer to OPTIONS carries besides, where a browser asks whether a page may send its request. */
  preflightHeadersFor(headers: IncomingHttpHeaders, methods: readonly string[]): Headers {
    if (!this.allows(headers.origin) || headers['access-control-request-method'] === undefined) return NONE;
    return {
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': ALLOWED_HEADERS,
      'access-control-max-age': String(MAX_AGE_SECONDS),
    };
  }

  private allows(origin: string | undefined): origin is string {
    return origin !== undefined && this.origins.has(origin);
  }
}
