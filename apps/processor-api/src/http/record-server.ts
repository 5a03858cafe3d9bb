import type { IncomingMessage, ServerResponse } from 'node:http';
import { PipelineError } from '@libs/domain';
import type { Logger } from '@libs/platform';
import type { MatchedRoute } from './asked-request';
import { drainRest } from './body/drain';
import { Exchange, type Answer } from './exchange';
import { problemOf, PROBLEM_TYPE } from './problems/problem';
import type { RecordRoute } from './record-routes';
import type { Reception } from './reception';
import type { RecentTraffic, WriteOutcome } from './recent-traffic';

interface RecordServerParts {
  readonly routes: readonly RecordRoute[];
  readonly reception: Reception;
  readonly traffic: RecentTraffic;
  readonly logger: Logger;
}

interface ServedRoute {
  readonly matched: MatchedRoute;
  readonly handler: RecordRoute;
}

/**
 * Answers the routes that take records straight from Node's server: of what a framework's router, hooks and
 * serialization cost such a request is made up as much again (docs/adr/0009). Everything else is the framework's, but
 * for what may not reach its router.
 */
export class RecordServer {
  private readonly routes = new Map<string, ServedRoute>();
  private parts!: RecordServerParts;

  /** Before the server listens. */
  open(parts: RecordServerParts): void {
    this.parts = parts;
    for (const handler of parts.routes) {
      const { paths, access } = handler;
      for (const pattern of paths) this.routes.set(pattern, { matched: { pattern, access }, handler });
    }
  }

  /** False where the request, whose target is in canonical form, is for somebody else. */
  take(request: IncomingMessage, response: ServerResponse): boolean {
    const path = request.url?.split('?', 1)[0] ?? '';
    const route = request.method === 'POST' ? this.routes.get(path) : undefined;
    if (!route) return false;
    void this.serve(new Exchange(request, response, route.matched), route.handler);
    return true;
  }

  /** Answers a request whose target is not in canonical form, to whoever may be told so. */
  refuse(request: IncomingMessage, response: ServerResponse): void {
    void this.serve(new Exchange(request, response, undefined), UNROUTABLE);
  }

  private async serve(exchange: Exchange, route: Pick<RecordRoute, 'answer'>): Promise<void> {
    const { reception } = this.parts;
    const answer = await reception
      .admit(exchange)
      .then(() => route.answer(exchange))
      .catch((error: unknown) => this.refusal(exchange, error));
    exchange.send(answer, reception.headersFor(exchange));
    drainRest(exchange.raw);
    if (exchange.response.closed) this.finish(exchange);
    else
      exchange.response.once('close', () => {
        this.finish(exchange);
      });
  }

  private refusal(exchange: Exchange, error: unknown): Answer {
    const { status, code, headers, body } = problemOf(error);
    exchange.outcome.code = code;
    if (code === 'internal_error') {
      this.parts.logger.error({ requestId: exchange.id, err: error }, 'unforeseen error');
    }
    return {
      status,
      headers: { ...headers, 'content-type': PROBLEM_TYPE },
      body: { ...body, requestId: exchange.id },
    };
  }

  private finish(exchange: Exchange): void {
    const { reception, traffic } = this.parts;
    const { statusCode: status } = exchange.response;
    const ms = exchange.elapsedMs;
    if (exchange.route) traffic.note(outcomeOf(exchange, status, ms));
    reception.finish(exchange, { status, ms });
  }
}

const UNROUTABLE: Pick<RecordRoute, 'answer'> = {
  answer() {
    const detail =
      'the path must be canonical: nothing percent-encoded, no empty or dot segments, no fragment';
    return Promise.reject(new PipelineError('invalid_request', detail));
  },
};

/** What became of the records of a request. */
function outcomeOf({ outcome }: Exchange, status: number, ms: number): WriteOutcome {
  const isAccepted = status < 300;
  return { accepted: Number(isAccepted), refused: Number(!isAccepted), ...outcome.records, ms };
}
