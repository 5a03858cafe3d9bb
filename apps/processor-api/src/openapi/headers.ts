import type { JsonSchema } from '@libs/contracts';

interface HeaderDoc {
  readonly description: string;
  readonly schema: JsonSchema;
  readonly example: string | number;
}

/** Headers of answers, by the name of their component. */
export const HEADERS = {
  Location: {
    description: 'Where the document can be read once the worker has stored it',
    schema: { type: 'string', format: 'uri-reference' },
    example: '/v1/metadata/0198f2a0-7c1e-7a3b-9f60-2d1f0a6b4c55',
  },
  RetryAfter: {
    description: 'Seconds to wait before the same request is sent again',
    schema: { type: 'integer', minimum: 0 },
    example: 2,
  },
  AcceptEncoding: {
    description:
      'The content encodings that are read, where another one was sent (RFC 9110, section 15.5.16)',
    schema: { type: 'string' },
    example: 'gzip, deflate, zstd',
  },
  RateLimit: {
    description:
      'What is left of the quota, and the seconds until it is whole (draft-ietf-httpapi-ratelimit-headers)',
    schema: { type: 'string' },
    example: '"key";r=599;t=60',
  },
  RateLimitPolicy: {
    description: 'The quota of the API key: records in a window of seconds; not sent where there is none',
    schema: { type: 'string' },
    example: '"key";q=600;w=60',
  },
  CacheControl: {
    description: 'No cache may keep the answer',
    schema: { type: 'string' },
    example: 'no-store',
  },
  WWWAuthenticate: {
    description: 'How to send a key',
    schema: { type: 'string' },
    example: 'Bearer realm="gpu-metadata"',
  },
} as const satisfies Record<string, HeaderDoc>;

export type HeaderName = keyof typeof HEADERS;

/** Component → the header's name on the wire. */
export const HEADER_NAMES: Readonly<Record<HeaderName, string>> = {
  Location: 'Location',
  RetryAfter: 'Retry-After',
  AcceptEncoding: 'Accept-Encoding',
  RateLimit: 'RateLimit',
  RateLimitPolicy: 'RateLimit-Policy',
  CacheControl: 'Cache-Control',
  WWWAuthenticate: 'WWW-Authenticate',
};
