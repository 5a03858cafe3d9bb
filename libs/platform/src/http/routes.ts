import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

/**
 * Who may ask for a route. `open`: everybody. `health`: everybody, also from outside ALLOWED_CIDRS. `metrics`: those
 * whom `MetricsReaders` knows. `ingest` and `read`: the holder of an API key with that scope.
 */
export type RouteAccess = 'open' | 'health' | 'metrics' | 'ingest' | 'read';

declare module 'fastify' {
  interface FastifyContextConfig {
    access: RouteAccess;
  }
}

/** Declares who may ask for the route of a handler; a handler without it keeps the API from starting. */
export function Access(access: RouteAccess): MethodDecorator {
  return RouteConfig({ access });
}

/** Stops browsers from guessing content types and from sending a Referer. */
export const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;

/** Has every routed answer carry them; what Node's parser refuses never reaches a route. */
export function sendSecurityHeaders(server: FastifyInstance): void {
  server.addHook('onSend', (_request, reply, payload, done) => {
    void reply.headers(SECURITY_HEADERS);
    done(null, payload);
  });
}
