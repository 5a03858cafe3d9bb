import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { TraceSpan } from '@libs/platform';
import { Caller } from '../access/caller';
import type { MatchedRoute, RequestInfo, RequestOutcome } from './request-info';

/** A request that RecordServer answers. */
export class RecordRequest implements RequestInfo {
  readonly id = randomUUID();
  readonly outcome: RequestOutcome = {};
  readonly startedAt = performance.now();
  caller = Caller.anybody;
  clientAddress = '';
  span?: TraceSpan;

  constructor(
    readonly raw: IncomingMessage,
    readonly route: MatchedRoute,
  ) {}

  get method(): string {
    return this.raw.method ?? '';
  }

  get headers(): IncomingHttpHeaders {
    return this.raw.headers;
  }

  get socket(): Socket {
    return this.raw.socket;
  }
}
