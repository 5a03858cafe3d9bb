import type { FastifyRequest } from 'fastify';
import type { ErrorCode } from '@libs/domain';
import type { RouteAccess, TraceSpan } from '@libs/platform';
import type { Caller } from '../access/caller';

/** What the log line and the span of a request tell besides its status. */
export interface RequestOutcome {
  eventId?: string;
  code?: ErrorCode;
  /** Where one request holds many records; otherwise its status tells. */
  records?: { readonly accepted: number; readonly refused: number };
}

/** The route that serves a request: access, limits, metrics and traces know no other name of what it asks for. */
export interface MatchedRoute {
  /** Its path, with parameters as `:name`. */
  readonly pattern: string;
  readonly access: RouteAccess;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined where there is none. */
    route: MatchedRoute | undefined;
    /** Where it comes from, as `ClientAddresses` tells; empty where that is not known. */
    clientAddress: string;
    caller: Caller;
    outcome: RequestOutcome;
    /** By `performance.now()`. */
    startedAt: number;
    /** The trace span of the request, where it has one. */
    span?: TraceSpan;
  }
}

/** A request as its route, log, metrics and traces see it. */
export type RequestInfo = Pick<
  FastifyRequest,
  | 'id'
  | 'method'
  | 'headers'
  | 'raw'
  | 'socket'
  | 'route'
  | 'clientAddress'
  | 'caller'
  | 'outcome'
  | 'startedAt'
  | 'span'
>;
