import type { JsonSchema } from '@libs/contracts';
import { count, text } from './schema-types';

interface HeaderDoc {
  readonly description: string;
  readonly schema: JsonSchema;
  readonly example: string | number;
}

/** Headers of answers. */
export const HEADERS = {
  Location: {
    description: 'Where the document can be read once the worker has stored it',
    schema: { type: 'string', format: 'uri-reference' },
    example: '/v1/metadata/0198f2a0-7c1e-7a3b-9f60-2d1f0a6b4c55',
  },
  'Retry-After': {
    description: 'Seconds to wait before the same request is sent again',
    schema: count,
    example: 2,
  },
  'Accept-Encoding': {
    description:
      'The content encodings that are read, where another one was sent (RFC 9110, section 15.5.16)',
    schema: text,
    example: 'gzip, deflate, zstd',
  },
  RateLimit: {
    description:
      'What is left of the quota, and the seconds until it is whole (draft-ietf-httpapi-ratelimit-headers)',
    schema: text,
    example: '"key";r=599;t=60',
  },
  'RateLimit-Policy': {
    description: 'The quota of the API key: records in a window of seconds; not sent where there is none',
    schema: text,
    example: '"key";q=600;w=60',
  },
  'Cache-Control': { description: 'No cache may keep the answer', schema: text, example: 'no-store' },
  'WWW-Authenticate': {
    description: 'How to send a key',
    schema: text,
    example: 'Bearer realm="gpu-metadata"',
  },
} as const satisfies Record<string, HeaderDoc>;

export type HeaderName = keyof typeof HEADERS;
