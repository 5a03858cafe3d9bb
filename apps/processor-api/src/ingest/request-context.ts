import type { IdempotencyKey } from '@libs/contracts';
import type { PublishContext } from '@libs/domain';
import { TRACEPARENT } from '@libs/platform';
import type { AskedRequest } from '../http/asked-request';

/** The trace context that a request brought, where it is a valid one. */
export function publishContextOf(request: AskedRequest): PublishContext {
  const traceparent = singleHeader(request, 'traceparent') ?? '';
  return TRACEPARENT.test(traceparent) ? { traceparent } : {};
}

/** Which event the header of a request names, if it has one. */
export function idempotencyKeyOf(request: AskedRequest): IdempotencyKey | undefined {
  const header = singleHeader(request, 'idempotency-key');
  return header === undefined ? undefined : { header, keyId: request.caller.keyId };
}

/** A header as one text, however often it was sent. */
function singleHeader(request: AskedRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
