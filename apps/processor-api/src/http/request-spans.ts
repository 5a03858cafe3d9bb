import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Tracing, type SpanAttributes, type TraceSpan } from '@libs/platform';

declare module 'fastify' {
  interface FastifyRequest {
    /** The trace span of the request, where it has one. */
    span?: TraceSpan;
  }
}

/** Probes, scrapes and pages would only crowd the traces. */
const UNTRACED = /^\/(?:health|metrics|docs|console|openapi\.json)(?:[/?]|$)/;

/**
 * A span for each request, the child of the caller's; what the request leads to is a child of it in turn.
 * Installed before all other hooks, so that refusals are told too; without a collector not at all.
 */
export function traceRequests(app: NestFastifyApplication): void {
  const tracing = app.get<Tracing | null>(Tracing);
  if (tracing === null) return;
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onRequest', (request, _reply, done) => {
    if (!UNTRACED.test(request.url)) {
      request.span = startSpan(tracing, request);
      request.headers.traceparent = request.span.traceparent;
    }
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    const { code } = request.outcome;
    request.span?.end(answerAttributes(request, reply), reply.statusCode >= 500 ? code : undefined);
    done();
  });
}

function startSpan(tracing: Tracing, request: FastifyRequest): TraceSpan {
  const { method } = request;
  const route = request.is404 ? undefined : request.routeOptions.url;
  const parent = request.headers.traceparent;
  return tracing.start(route === undefined ? method : `${method} ${route}`, {
    kind: 'server',
    parent: typeof parent === 'string' ? parent : undefined,
    attributes: { 'http.request.method': method, 'http.route': route, 'http.request.id': request.id },
  });
}

function answerAttributes(request: FastifyRequest, { statusCode }: FastifyReply): SpanAttributes {
  const { code, eventId } = request.outcome;
  return {
    'http.response.status_code': statusCode,
    'error.type': code,
    'gpu_metadata.event_id': eventId,
    'gpu_metadata.key_id': request.caller.keyId ?? undefined,
  };
}
