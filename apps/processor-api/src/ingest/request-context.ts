import type { FastifyRequest } from 'fastify';
import type { PublishContext } from '@libs/domain';

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The trace context that a request brought, where it is a valid one. */
export function publishContextOf(request: FastifyRequest): PublishContext {
  const traceparent = singleHeader(request, 'traceparent') ?? '';
  return TRACEPARENT.test(traceparent) ? { traceparent } : {};
}

/** A header as one text, however often it was sent. */
export function singleHeader(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
