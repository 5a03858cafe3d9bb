import compress from '@fastify/compress';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, RouteOptions } from 'fastify';
import { requiredScope } from '../access/scope';

const READ_PATH = /^\/(?:v1\/.*|gpu\/info)$/;
const THRESHOLD_BYTES = 1_024;
/** Larger answers are compressed in zlib's own threads, away from the requests that write. */
const INLINE_BYTES = 16 * 1_024;
/** In our order, where a client takes several alike. */
const ENCODINGS = ['zstd', 'br', 'gzip'] as const;

/** Compresses the answers of routes that read and keeps them out of caches; no other route pays for it. */
export async function prepareReadAnswers(app: NestFastifyApplication): Promise<void> {
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onRoute', (route) => {
    route.compress = isRead(route) ? {} : false;
    if (isRead(route)) route.onSend = [route.onSend ?? [], nameVariants].flat();
  });
  await server.register(compress, {
    global: false,
    encodings: [...ENCODINGS],
    threshold: THRESHOLD_BYTES,
    syncThreshold: INLINE_BYTES,
  });
}

function isRead({ url, method }: Pick<RouteOptions, 'url' | 'method'>): boolean {
  return READ_PATH.test(url) && [method].flat().some((name) => requiredScope(name, url) === 'read');
}

/** Said in the lower case that the compressing plugin looks for, also where an answer is too small to compress. */
function nameVariants(_request: unknown, reply: FastifyReply, payload: unknown, done: Next): void {
  void reply.headers({ 'cache-control': 'no-store', vary: 'accept-encoding' });
  done(null, payload);
}

type Next = (error: null, payload: unknown) => void;
