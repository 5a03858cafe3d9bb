import { randomUUID } from 'node:crypto';
import type {
  IncomingHttpHeaders,
  IncomingMessage,
  RequestListener,
  Server,
  ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import type { RouteAccess, TraceSpan } from '@libs/platform';
import { Caller } from '../access/caller';
import { JSON_TYPE } from './body/content-headers';
import { ProblemFilter } from './problems/problem.filter';
import type { MatchedRoute, RequestInfo, RequestOutcome } from './request-info';
import { RequestLifecycle } from './request-lifecycle';
import { pathOf } from './request-target';
import { RouteTable } from './route-table';

/** What a request is answered with; `body` is sent as JSON, of the type that `headers` names if they do. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
}

/** A POST that brings records. */
export interface RecordRoute {
  readonly paths: readonly string[];
  readonly access: RouteAccess;
  /** What it throws becomes a problem. */
  answer(request: RequestInfo): Promise<Answer>;
}

/** A request that RecordServer answers. */
class RecordRequest implements RequestInfo {
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

const ANSWER_TYPE = `${JSON_TYPE}; charset=utf-8`;

/**
 * Answers the routes that take records before Fastify sees them: its router, hooks and serialization cost a packed
 * record a sixth more (docs/adr/0013). All else is the same for both: `RequestLifecycle`, and `ProblemFilter`.
 */
@Injectable()
export class RecordServer {
  private readonly routes = new Map<
    string,
    { readonly matched: MatchedRoute; readonly handler: RecordRoute }
  >();

  constructor(
    private readonly lifecycle: RequestLifecycle,
    private readonly problems: ProblemFilter,
    private readonly table: RouteTable,
  ) {}

  /** Puts itself before the framework's listener. */
  install(server: Server, routes: readonly RecordRoute[]): void {
    for (const handler of routes) {
      const { paths, access } = handler;
      for (const pattern of paths) {
        this.routes.set(pattern, { matched: { pattern, access }, handler });
        this.table.add(pattern, 'POST', access);
      }
    }
    const framework = server.listeners('request').at(-1) as RequestListener;
    server.off('request', framework).on('request', (request, response) => {
      const route = request.method === 'POST' ? this.routes.get(pathOf(request.url)) : undefined;
      if (route) void this.serve(new RecordRequest(request, route.matched), response, route.handler);
      else framework(request, response);
    });
  }

  private async serve(request: RecordRequest, response: ServerResponse, route: RecordRoute): Promise<void> {
    const answer = await this.lifecycle
      .admit(request)
      .then(() => route.answer(request))
      .catch((error: unknown) => this.problems.answerTo(error, request));
    this.send(request, response, answer);
    this.lifecycle.finishOnClose(request, response);
  }

  private send(request: RecordRequest, response: ServerResponse, { status, headers, body }: Answer): void {
    const text = JSON.stringify(body);
    response.writeHead(status, {
      'content-type': ANSWER_TYPE,
      'content-length': Buffer.byteLength(text),
      ...this.lifecycle.headersFor(request),
      ...headers,
    });
    response.end(text);
  }
}
