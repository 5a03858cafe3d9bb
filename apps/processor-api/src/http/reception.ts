import { PipelineError } from '@libs/domain';
import type { Logger } from '@libs/platform';
import type { AccessPolicy } from '../access/access-policy';
import type { KeyMetrics } from '../access/key-metrics';
import { rateLimitHeaders } from '../access/rate-limit-headers';
import type { AskedRequest } from './asked-request';
import type { HttpMetrics } from './http-metrics';
import type { OpenConnections } from './open-connections';
import type { RequestSpans } from './request-spans';

/** How a request was answered. */
export interface RequestEnd {
  readonly status: number;
  readonly ms: number;
}

export interface ReceptionParts {
  readonly connections: OpenConnections;
  readonly access: AccessPolicy;
  readonly metrics: HttpMetrics;
  readonly keyMetrics: KeyMetrics;
  /** Undefined where nothing is traced. */
  readonly spans: RequestSpans | undefined;
  /** What every answer carries. */
  readonly headers: Readonly<Record<string, string>>;
  readonly logger: Logger;
}

/** Where every request comes in and goes out, whoever answers it: refused early, then logged, measured and traced. */
export class Reception {
  private isClosing = false;

  constructor(private readonly parts: ReceptionParts) {}

  /** Refuses from now on whatever comes; what was admitted is answered. */
  close(): void {
    this.isClosing = true;
  }

  /**
   * Takes a request in, whose facts are empty yet.
   *
   * @throws PipelineError `shutting_down`, `overloaded`, `invalid_request`; what AccessPolicy.admit throws
   */
  async admit(request: AskedRequest): Promise<void> {
    const { connections, access, spans } = this.parts;
    spans?.start(request);
    request.clientAddress = access.addressOf(request);
    const hasRoom = connections.asked(request.raw.socket);
    if (this.isClosing) throw new PipelineError('shutting_down', 'this process is stopping');
    if (!hasRoom) {
      throw new PipelineError('overloaded', 'as many connections as MAX_CONNECTIONS wait for an answer');
    }
    if (request.raw.httpVersion === '1.1' && countHosts(request.raw.rawHeaders) !== 1) {
      throw new PipelineError('invalid_request', 'HTTP/1.1 requires exactly one Host header');
    }
    await access.admit(request);
  }

  /** What an answer carries besides its own: what all do, the caller's quota, and that the connection ends with it. */
  headersFor({ caller, raw }: AskedRequest): Readonly<Record<string, string>> {
    const { headers, connections } = this.parts;
    return {
      ...headers,
      ...((this.isClosing || connections.isRetired(raw.socket)) && { connection: 'close' }),
      ...(caller.quota && rateLimitHeaders(caller.quota)),
    };
  }

  /** Once the answer is out, or its client gone. */
  finish(request: AskedRequest, end: RequestEnd): void {
    const { connections, metrics, keyMetrics, spans, logger } = this.parts;
    connections.answered(request.raw.socket);
    spans?.end(request, end.status);
    metrics.observe({ method: request.method, route: request.route?.pattern }, end.status, end.ms / 1000);
    keyMetrics.observe(request.caller.keyId, end.status);
    if (logger.isLevelEnabled('info')) logger.info(logLine(request, end), 'request');
  }
}

/** Of two, Node would take the first and a proxy in front perhaps the other (RFC 9112, section 3.2). */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]!.toLowerCase() === 'host') count += 1;
  return count;
}

function logLine(request: AskedRequest, { status, ms }: RequestEnd): Record<string, unknown> {
  return {
    requestId: request.id,
    method: request.method,
    route: request.route?.pattern,
    status,
    ms: Math.round(ms * 100) / 100,
    bytes: Number(request.headers['content-length'] ?? 0),
    remote: request.clientAddress,
    keyId: request.caller.keyId ?? undefined,
    traceId: request.span?.traceId,
    ...request.outcome,
  };
}
