import type { FastifyRequest } from 'fastify';
import type { ErrorCode } from '@libs/domain';
import type { TraceSpan } from '@libs/platform';
import type { Caller } from '../access/caller';

/** What the log line and the span of a request tell besides its status. */
export interface RequestOutcome {
  eventId?: string;
  code?: ErrorCode;
  /** Where one request holds many records; otherwise its status tells. */
  records?: { readonly accepted: number; readonly refused: number };
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Where it comes from, as `ClientAddresses` tells; empty where that is not known. */
    clientAddress: string;
    caller: Caller;
    outcome: RequestOutcome;
    /** The trace span of the request, where it has one. */
    span?: TraceSpan;
  }
}

/** A request as access, log, metrics and traces see it, whoever answers it. */
export type AskedRequest = Pick<
  FastifyRequest,
  'method' | 'url' | 'headers' | 'raw' | 'socket' | 'clientAddress' | 'caller' | 'outcome' | 'span'
> & { readonly id: string };
