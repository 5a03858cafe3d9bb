import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { normalizeTarget } from './request-target';
import type { TlsOptions } from './tls/server-tls';

/** The target of a request counts as well. */
const MAX_HEADER_BYTES = 16 * 1024;
const LIMITS: ServerOptions = {
  maxHeaderSize: MAX_HEADER_BYTES,
  headersTimeout: 10_000,
  /** `BodyReader` knows when a body takes too long, and what was published of it by then. */
  requestTimeout: 0,
  connectionsCheckingInterval: 1_000,
  /** Node's own refusal has no body; `RequestLifecycle` answers a problem. */
  requireHostHeader: false,
};

export interface HttpOptions {
  /** Longer than a load balancer in front keeps idle connections, or it would use one that we just closed. */
  readonly keepAliveTimeoutMs: number;
  readonly tls: TlsOptions | undefined;
}

/** Fastify with our limits, over TLS where it is given. */
export function createHttpAdapter({ keepAliveTimeoutMs, tls }: HttpOptions): FastifyAdapter {
  const options = { ...LIMITS, keepAliveTimeout: keepAliveTimeoutMs };
  const adapter = new FastifyAdapter({
    logger: false,
    skipMiddie: true, // no middleware runs here
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_HEADER_BYTES }, // a longer parameter is as wrong as any other
    serverFactory: (serve: RequestListener) => {
      const server = tls ? createTlsServer({ ...options, ...tls }) : createServer(options);
      // Before whoever answers, so that nobody routes another target.
      server.on('request', normalizeTarget);
      answerHalfClosed(server);
      return server.on('request', serve);
    },
    clientErrorHandler: () => undefined, // RequestLifecycle answers, where it can be counted
  });
  // Each route reads its own body, in pieces and in its own encoding, so Fastify's parsers stay out of the way.
  adapter.getInstance().addHttpMethod('POST', { hasBody: false, overrideExisting: true });
  return adapter;
}

/** A client may end its side of the connection behind its request; Node would end the other before the answer. */
function answerHalfClosed(server: Server): void {
  // Old, but in neither the documentation nor the types: socketOnEnd in
  // https://github.com/nodejs/node/blob/v24.x/lib/_http_server.js
  Object.assign(server, { httpAllowHalfOpen: true });
  // After the handshake: nobody would close a connection that ends before it.
  server.on('secureConnection', (socket: TLSSocket) => {
    socket.allowHalfOpen = true;
  });
}
