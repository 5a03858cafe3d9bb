import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { TraceSpan } from '@libs/platform';
import { Caller } from '../access/caller';
import type { AskedRequest, MatchedRoute, RequestOutcome } from './asked-request';
import { JSON_TYPE, mediaTypeOf } from './body/media-type';

/** What a request is answered with; `body` is sent as JSON. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
}

const ANSWER_TYPE = `${JSON_TYPE}; charset=utf-8`;

/** One request that no framework answers, and its answer. */
export class Exchange implements AskedRequest {
  readonly id = randomUUID();
  readonly outcome: RequestOutcome = {};
  caller = Caller.anybody;
  clientAddress = '';
  span?: TraceSpan;
  private readonly startedAt = performance.now();

  constructor(
    readonly raw: IncomingMessage,
    readonly response: ServerResponse,
    readonly route: MatchedRoute | undefined,
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

  /** In lower case and without parameters; empty where the request names none. */
  get mediaType(): string {
    return mediaTypeOf(this.headers['content-type']);
  }

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  /** Adds what every answer of this process carries at the moment. */
  send({ status, headers, body }: Answer, also: Readonly<Record<string, string>>): void {
    const text = JSON.stringify(body);
    this.response.writeHead(status, {
      'content-type': ANSWER_TYPE,
      'content-length': Buffer.byteLength(text),
      ...also,
      ...headers,
    });
    this.response.end(text);
  }
}
