import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '@libs/platform';
import { drainRest } from './body/drain';
import { Exchange, type Answer } from './exchange';
import { problemOf, PROBLEM_TYPE } from './problem';
import type { RecordRoute } from './record-routes';
import type { Reception } from './reception';
import type { RecentTraffic, WriteOutcome } from './recent-traffic';

interface RecordServerParts {
  readonly routes: readonly RecordRoute[];
  readonly reception: Reception;
  readonly traffic: RecentTraffic;
  readonly logger: Logger;
}

/**
 * Answers the routes that take records straight from Node's server: of what a framework's router, hooks and
 * serialization cost such a request is made up as much again (docs/adr/0009). Everything else is the framework's.
 */
export class RecordServer {
  private readonly routes = new Map<string, RecordRoute>();
  private parts!: RecordServerParts;

  /** Before the server listens. */
  open(parts: RecordServerParts): void {
    this.parts = parts;
    for (const route of parts.routes) for (const path of route.paths) this.routes.set(path, route);
  }

  /** False where the request is for somebody else. */
  take(request: IncomingMessage, response: ServerResponse): boolean {
    const path = request.url?.split('?', 1)[0] ?? '';
    const route = request.method === 'POST' ? this.routes.get(path) : undefined;
    if (!route) return false;
    void this.serve(new Exchange(request, response, path), route);
    return true;
  }

  private async serve(exchange: Exchange, route: RecordRoute): Promise<void> {
    const { reception } = this.parts;
    const answer = await reception
      .admit(exchange, exchange.route)
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
    if (status === 500) {
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
    traffic.note(outcomeOf(exchange, status, ms));
    reception.finish(exchange, { route: exchange.route, status, ms });
  }
}

/** What became of the records of a request. */
function outcomeOf({ outcome }: Exchange, status: number, ms: number): WriteOutcome {
  const isAccepted = status < 300;
  return { accepted: Number(isAccepted), refused: Number(!isAccepted), ...outcome.records, ms };
}
