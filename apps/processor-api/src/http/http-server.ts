import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PipelineError, type ErrorCode } from '@libs/domain';
import { NestLogger } from '@libs/platform';
import { AccessPolicy } from '../access/access-policy';
import { Caller } from '../access/caller';
import { KeyMetrics } from '../access/key-metrics';
import { rateLimitHeaders } from '../access/rate-limit-headers';
import { answerBrokenRequest } from './broken-request';
import { installBodyParsers } from './body/body-parsers';
import { BodyReader } from './body/body-reader';
import { drainRest } from './body/drain';
import { HttpMetrics } from './http-metrics';
import { KnownRoutes } from './known-routes';
import { OpenConnections } from './open-connections';
import type { ServerTls } from './server-tls';
import { RecentTraffic } from './recent-traffic';
import { replyProblem } from './reply-problem';
import { writeOutcomeOf } from './write-outcome';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the log line of the request tells besides its status. */
    outcome: {
      eventId?: string;
      code?: ErrorCode;
      /** Where one request holds many records; otherwise its status tells. */
      records?: { readonly accepted: number; readonly refused: number };
    };
  }
  interface FastifyInstance {
    /** Answers a request whose path cannot be decoded: it meets no hook. */
    answerUnroutable: (error: Error, request: FastifyRequest, reply: FastifyReply) => void;
  }
}

export interface HttpLimits {
  readonly maxConnections: number;
}

const MAX_HEADER_BYTES = 16 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 120_000;
const CONNECTIONS_CHECK_MS = 1_000;
/** Longer than the idle time of a load balancer in front, or it would reuse a connection we just closed. */
const KEEP_ALIVE_MS = 72_000;
/** A connection that looks idle may have a request on its way: for so long it is answered 503, not reset. */
const CLOSING_LINGER_MS = 250;

/** Fastify with our limits, over TLS where it is given; its own errors answered as problems. */
export function createHttpAdapter(tls?: ServerTls): FastifyAdapter {
  const http = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
    requireHostHeader: false, // Node's own refusal has no body; `onRequest` answers a problem
  };
  return new FastifyAdapter({
    logger: false,
    skipMiddie: true, // no middleware runs here
    genReqId: () => randomUUID(),
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    ...(tls ? { https: { ...http, ...tls } } : { http }),
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      request.server.answerUnroutable(error, request, reply);
    },
    clientErrorHandler: () => undefined, // installHooks answers, where it can be counted
  });
}

/** Hooks around every request, in order: refuse early, read the body, log and measure, drop what is left unread. */
export function installHooks(app: NestFastifyApplication, limits: HttpLimits): void {
  const server = app.getHttpAdapter().getInstance();
  const access = app.get(AccessPolicy);
  const metrics = app.get(HttpMetrics);
  const keyMetrics = app.get(KeyMetrics);
  const traffic = app.get(RecentTraffic);
  const { pino } = app.get(NestLogger);
  const connections = new OpenConnections(server.server, limits.maxConnections);
  const routes = new KnownRoutes(server);
  let isClosing = false;
  metrics.watchConnections(() => connections.count);

  /** Rejects with the refusal of a request that goes no further. */
  const admit = async (request: FastifyRequest): Promise<void> => {
    request.outcome = {};
    request.caller = Caller.anybody;
    request.clientAddress = access.addressOf(request);
    const hasRoom = connections.asked(request.raw.socket);
    if (isClosing) throw new PipelineError('shutting_down', 'this process is stopping');
    if (!hasRoom) {
      throw new PipelineError('overloaded', 'as many connections as MAX_CONNECTIONS wait for an answer');
    }
    if (request.raw.httpVersion === '1.1' && countHosts(request.raw.rawHeaders) !== 1) {
      throw new PipelineError('invalid_request', 'HTTP/1.1 requires exactly one Host header');
    }
    await access.admit(request);
  };
  const finish = (request: FastifyRequest, reply: FastifyReply): void => {
    connections.answered(request.raw.socket);
    drainRest(request.raw);
    const route = request.is404 ? undefined : request.routeOptions.url;
    metrics.observe({ method: request.method, route }, reply.statusCode, reply.elapsedTime / 1000);
    keyMetrics.observe(request.caller.keyId, reply.statusCode);
    const outcome = writeOutcomeOf(request, reply);
    if (outcome) traffic.note(outcome);
    if (pino.isLevelEnabled('info')) pino.info(logLine(request, reply), 'request');
  };

  const answerProblem = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    reply.raw.once('close', () => {
      finish(request, reply);
    });
    replyProblem(request, reply, error);
    drainRest(request.raw);
  };
  server.decorate('answerUnroutable', (error: Error, request: FastifyRequest, reply: FastifyReply) => {
    const answer = (problem: unknown): void => {
      answerProblem(problem, request, reply);
    };
    admit(request).then(() => {
      answer(error);
    }, answer);
  });
  server.server.on('clientError', (error: Error, socket: Socket) => {
    const answer = answerBrokenRequest(error, socket);
    if (!answer) return;
    const { status, code } = answer;
    metrics.observe({ method: 'other', route: undefined }, status, 0);
    pino.info({ status, code, remote: socket.remoteAddress }, 'broken request');
  });

  server.decorateRequest('outcome');
  server.decorateRequest('caller');
  server.decorateRequest('clientAddress', '');
  // An Expect that Node does not know would get its bare 417; RFC 9110, section 10.1.1 allows to ignore it.
  server.server.on('checkExpectation', (request, response) => {
    server.routing(request, response);
  });
  server.addHook('preClose', async () => {
    isClosing = true;
    await sleep(CLOSING_LINGER_MS);
    connections.closeUnused();
  });
  server.addHook('onRequest', async (request) => {
    await admit(request);
    const fault = routes.refusal(request);
    if (fault) throw fault;
  });
  installBodyParsers(server, app.get(BodyReader));
  server.addHook('onSend', ({ caller }, reply, payload, done) => {
    if (isClosing) void reply.header('connection', 'close');
    if (caller.quota) void reply.headers(rateLimitHeaders(caller.quota));
    done(null, payload);
  });
  server.addHook('onResponse', (request, reply, done) => {
    finish(request, reply);
    done();
  });
}

/** Of two, Node would take the first and a proxy in front perhaps the other (RFC 9112, section 3.2). */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]!.toLowerCase() === 'host') count += 1;
  return count;
}

function logLine(request: FastifyRequest, reply: FastifyReply): Record<string, unknown> {
  return {
    requestId: request.id,
    method: request.method,
    route: request.is404 ? undefined : request.routeOptions.url,
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime * 100) / 100,
    bytes: Number(request.headers['content-length'] ?? 0),
    remote: request.clientAddress,
    keyId: request.caller.keyId ?? undefined,
    traceId: request.span?.traceId,
    ...request.outcome,
  };
}
