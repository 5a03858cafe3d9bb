import { RouteConfig } from '@nestjs/platform-fastify';

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
