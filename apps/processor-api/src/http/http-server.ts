import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PipelineError, type ErrorCode } from '@libs/domain';
import { NestLogger } from '@libs/platform';
import { AccessPolicy } from '../access/access-policy';
import { answerBrokenRequest } from './broken-request';
import { drainRest, readBody, type BodyLimits } from './body-reader';
import { HttpMetrics } from './http-metrics';
import { OpenConnections } from './open-connections';
import { MethodNotAllowed, problemOf } from './problem';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the log line of the request tells besides its status. */
    outcome: { eventId?: string; code?: ErrorCode };
  }
  interface FastifyInstance {
    /** Answers a request whose path cannot be decoded: it meets no hook. */
    answerUnroutable: (error: Error, request: FastifyRequest, reply: FastifyReply) => void;
  }
}

export interface HttpLimits extends BodyLimits {
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
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** Fastify with our limits; its own errors answered as problems. */
export function createHttpAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    logger: false,
    genReqId: () => randomUUID(),
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
      requireHostHeader: false, // Node's own refusal has no body; `refusal` answers a problem
    },
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
  const { pino } = app.get(NestLogger);
  const connections = new OpenConnections(server.server, limits.maxConnections);
  let isClosing = false;
  metrics.watchConnections(() => connections.count);

  const refuse = (request: FastifyRequest): Error | undefined => {
    const isAdmitted = connections.asked(request.raw.socket);
    if (isClosing) return new PipelineError('shutting_down', 'this process is stopping');
    if (isAdmitted) return refusal(access, request);
    return new PipelineError('overloaded', 'as many connections as MAX_CONNECTIONS wait for an answer');
  };
  const finish = (request: FastifyRequest, reply: FastifyReply): void => {
    connections.answered(request.raw.socket);
    drainRest(request.raw);
    const route = request.is404 ? undefined : request.routeOptions.url;
    metrics.observe({ method: request.method, route }, reply.statusCode, reply.elapsedTime / 1000);
    pino.info(logLine(request, reply), 'request');
  };

  server.decorate('answerUnroutable', (error: Error, request: FastifyRequest, reply: FastifyReply) => {
    const { status, headers, code, body } = problemOf(refuse(request) ?? error);
    request.outcome = { code };
    reply.raw.once('close', () => {
      finish(request, reply);
    });
    void reply
      .status(status)
      .headers(headers)
      .header('content-type', 'application/problem+json')
      .send(Buffer.from(JSON.stringify({ ...body, requestId: request.id })));
    drainRest(request.raw);
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
  // An Expect that Node does not know would get its bare 417; RFC 9110, section 10.1.1 allows to ignore it.
  server.server.on('checkExpectation', (request, response) => {
    server.routing(request, response);
  });
  server.addHook('preClose', async () => {
    isClosing = true;
    await sleep(CLOSING_LINGER_MS);
    connections.closeUnused();
  });
  server.addHook('onRequest', (request, _reply, done) => {
    request.outcome = {};
    done(refuse(request) ?? missingRoute(server, request));
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', (_request: FastifyRequest, payload: IncomingMessage) =>
    readBody(payload, limits),
  );
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (isClosing) void reply.header('connection', 'close');
    done(null, payload);
  });
  server.addHook('onResponse', (request, reply, done) => {
    finish(request, reply);
    done();
  });
}

function refusal(access: AccessPolicy, request: FastifyRequest): Error | undefined {
  if (request.raw.httpVersion === '1.1' && request.headers.host === undefined) {
    return new PipelineError('invalid_request', 'HTTP/1.1 requires a Host header');
  }
  try {
    request.caller = access.check(request);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

function missingRoute(server: FastifyInstance, request: FastifyRequest): Error | undefined {
  if (!request.is404) return undefined;
  const url = request.url.split('?', 1)[0]!;
  const allowed = METHODS.filter((method) => server.hasRoute({ url, method }));
  return allowed.length > 0
    ? new MethodNotAllowed(allowed)
    : new PipelineError('not_found', 'there is nothing at this path');
}

function logLine(request: FastifyRequest, reply: FastifyReply): Record<string, unknown> {
  return {
    requestId: request.id,
    method: request.method,
    route: request.is404 ? undefined : request.routeOptions.url,
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime * 100) / 100,
    bytes: Number(request.headers['content-length'] ?? 0),
    remote: request.ip,
    ...request.outcome,
  };
}
