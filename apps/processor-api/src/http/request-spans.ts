import { Injectable } from '@nestjs/common';
import { Tracing, type SpanAttributes } from '@libs/platform';
import { isKeyless } from '../access/api-key';
import type { RequestInfo } from './request-info';

/** A span for each request, the child of the caller's; what the request leads to is a child of it in turn. */
@Injectable()
export class RequestSpans {
  constructor(private readonly tracing: Tracing) {}

  start(request: RequestInfo): void {
    // Probes, scrapes and pages would only crowd the traces.
    if (isKeyless(request.route?.access)) return;
    const { method } = request;
    const route = request.route?.pattern;
    const parent = request.headers.traceparent;
    request.span = this.tracing.start(route === undefined ? method : `${method} ${route}`, {
      kind: 'server',
      parent: typeof parent === 'string' ? parent : undefined,
      attributes: { 'http.request.method': method, 'http.route': route, 'http.request.id': request.id },
    });
    request.headers.traceparent = request.span.traceparent;
  }

  end(request: RequestInfo, status: number): void {
    const { code } = request.outcome;
    request.span?.end(answerAttributes(request, status), status >= 500 ? code : undefined);
  }
}

function answerAttributes({ outcome, caller }: RequestInfo, status: number): SpanAttributes {
  return {
    'http.response.status_code': status,
    'error.type': outcome.code,
    'gpu_metadata.event_id': outcome.eventId,
    'gpu_metadata.key_id': caller.keyId ?? undefined,
  };
}
