import compress from '@fastify/compress';
import type { FastifyInstance, FastifyReply } from 'fastify';

const THRESHOLD_BYTES = 1_024;
/** Larger answers are compressed in zlib's own threads, away from the requests that write. */
const INLINE_BYTES = 16 * 1_024;
/** In our order, where a client takes several alike. */
const ENCODINGS = ['zstd', 'br', 'gzip'] as const;

/** Compresses the answers of routes that read and keeps them out of caches; no other route pays for it. */
export async function prepareReadAnswers(server: FastifyInstance): Promise<void> {
  server.addHook('onRoute', (route) => {
    const isRead = route.config?.access === 'read';
    route.compress = isRead ? {} : false;
    if (isRead) route.onSend = [route.onSend ?? [], forbidCaches, varyByEncoding].flat();
  });
  await server.register(compress, {
    global: false,
    encodings: [...ENCODINGS],
    threshold: THRESHOLD_BYTES,
    syncThreshold: INLINE_BYTES,
  });
}

function forbidCaches(_request: unknown, reply: FastifyReply, payload: unknown, done: Next): void {
  void reply.header('cache-control', 'no-store');
  done(null, payload);
}

/** Said in the lower case that the compressing plugin looks for, also where an answer is too small to compress. */
export function varyByEncoding(_request: unknown, reply: FastifyReply, payload: unknown, done: Next): void {
  void reply.header('vary', [reply.getHeader('vary') ?? [], 'accept-encoding'].flat().join(', '));
  done(null, payload);
}

type Next = (error: null, payload: unknown) => void;
