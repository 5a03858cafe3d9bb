import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { varyByEncoding } from './read-answers';

/** A file for browsers, ready to be sent. */
interface StaticFile {
  readonly contentType: string;
  readonly etag: string;
  readonly bytes: Buffer;
  readonly gzipped: Buffer;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
};

/**
 * Nothing but our own files and our own API. uPlot and Swagger UI set styles through the CSSOM, which style-src does
 * not forbid; no text of a record is ever taken for markup, and if it were, no script of it would run.
 */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
};

/**
 * Serves a file to everybody, from memory: no path of a request ever reaches the file system. Its name tells the type.
 */
export function serveFile(
  server: FastifyInstance,
  path: string,
  { name, bytes }: { readonly name: string; readonly bytes: Buffer },
): void {
  const file = staticFile(name, bytes);
  server.get(path, { config: { access: 'open' }, onSend: varyByEncoding }, (request, reply) =>
    send(file, request, reply),
  );
}

/** The tag is weak, because it stands for both forms. */
function staticFile(name: string, bytes: Buffer): StaticFile {
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  return {
    contentType: CONTENT_TYPES[name.slice(name.lastIndexOf('.') + 1)]!,
    etag: `W/"${hash}"`,
    bytes,
    gzipped: gzipSync(bytes, { level: 9 }),
  };
}

function send(file: StaticFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  void reply.headers({ ...HEADERS, etag: file.etag });
  if (isKnown(file.etag, request.headers['if-none-match'])) return reply.status(304).send();
  void reply.type(file.contentType);
  if (!acceptsGzip(request.headers['accept-encoding'])) return reply.send(file.bytes);
  return reply.header('content-encoding', 'gzip').send(file.gzipped);
}

function isKnown(etag: string, ifNoneMatch = ''): boolean {
  return ifNoneMatch.split(',').some((tag) => tag.trim() === etag);
}

function acceptsGzip(acceptEncoding: string | string[] = ''): boolean {
  return String(acceptEncoding)
    .split(',')
    .some((item) => /^\s*gzip\s*(?:$|;(?!\s*q=0(?:\.0*)?\s*$))/i.test(item));
}
