import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NestLogger, Tracing } from '@libs/platform';
import { AccessPolicy } from '../access/access-policy';
import { Caller } from '../access/caller';
import { KeyMetrics } from '../access/key-metrics';
import { answerBrokenRequest } from './broken-request';
import { installBodyParser } from './body/body-parser';
import { BodyReader } from './body/body-reader';
import { drainRest } from './body/drain';
import { HttpMetrics } from './http-metrics';
import { KnownRoutes } from './known-routes';
import { OpenConnections } from './open-connections';
import { RecentTraffic } from './recent-traffic';
import { Reception } from './reception';
import { RecordRoutes } from './record-routes';
import { RecordServer } from './record-server';
import { replyProblem } from './reply-problem';
import { RequestSpans } from './request-spans';
import type { ServerTls } from './server-tls';

declare module 'fastify' {
  interface FastifyInstance {
    /** Answers a request whose path cannot be decoded: it meets no hook. */
    answerUnroutable: (error: Error, request: FastifyRequest, reply: FastifyReply) => void;
  }
}

export interface HttpLimits {
  readonly maxConnections: number;
}

const LIMITS: ServerOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 120_000,
  connectionsCheckingInterval: 1_000,
  /** Longer than the idle time of a load balancer in front, or it would reuse a connection we just closed. */
  keepAliveTimeout: 72_000,
  /** Node's own refusal has no body; `Reception` answers a problem. */
  requireHostHeader: false,
};
/** A connection that looks idle may have a request on its way: for so long it is answered 503, not reset. */
const CLOSING_LINGER_MS = 250;

/** Fastify with our limits, over TLS where it is given, behind `records`; its own errors answered as problems. */
export function createHttpAdapter(records: RecordServer, tls?: ServerTls): FastifyAdapter {
  return new FastifyAdapter({
    logger: false,
    skipMiddie: true, // no middleware runs here
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    serverFactory: (serve: RequestListener) => {
      const listener: RequestListener = (request, response) => {
        if (!records.take(request, response)) serve(request, response);
      };
      return tls ? createTlsServer({ ...LIMITS, ...tls }, listener) : createServer(LIMITS, listener);
    },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      request.server.answerUnroutable(error, request, reply);
    },
    clientErrorHandler: () => undefined, // installHooks answers, where it can be counted
  });
}

/** Opens `records`, and puts the same around every request that Fastify answers: refused early, then finished. */
export function installHooks(
  app: NestFastifyApplication,
  records: RecordServer,
  { maxConnections }: HttpLimits,
): void {
  const server = app.getHttpAdapter().getInstance();
  const metrics = app.get(HttpMetrics);
  const { pino: logger } = app.get(NestLogger);
  const tracing = app.get<Tracing | null>(Tracing);
  const connections = new OpenConnections(server.server, maxConnections);
  const reception = new Reception({
    connections,
    access: app.get(AccessPolicy),
    metrics,
    keyMetrics: app.get(KeyMetrics),
    spans: tracing === null ? undefined : new RequestSpans(tracing),
    logger,
  });
  const { all: routes } = app.get(RecordRoutes);
  records.open({ routes, reception, traffic: app.get(RecentTraffic), logger });
  const known = new KnownRoutes(
    server,
    routes.flatMap(({ paths }) => paths),
  );
  metrics.watchConnections(() => connections.count);

  const admit = (request: FastifyRequest): Promise<void> => {
    request.outcome = {};
    request.caller = Caller.anybody;
    return reception.admit(request, routeOf(request));
  };
  const finish = (request: FastifyRequest, { statusCode: status, elapsedTime: ms }: FastifyReply): void => {
    drainRest(request.raw);
    reception.finish(request, { route: routeOf(request), status, ms });
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
    logger.info({ status, code, remote: socket.remoteAddress }, 'broken request');
  });

  server.decorateRequest('outcome');
  server.decorateRequest('caller');
  server.decorateRequest('clientAddress', '');
  // An Expect that Node does not know would get its bare 417; RFC 9110, section 10.1.1 allows to ignore it.
  server.server.on('checkExpectation', (request, response) => {
    server.server.emit('request', request, response);
  });
  server.addHook('preClose', async () => {
    reception.close();
    await sleep(CLOSING_LINGER_MS);
    connections.closeUnused();
  });
  server.addHook('onRequest', async (request) => {
    await admit(request);
    const fault = known.refusal(request);
    if (fault) throw fault;
  });
  installBodyParser(server, app.get(BodyReader));
  server.addHook('onSend', (request, reply, payload, done) => {
    void reply.headers(reception.headersFor(request));
    done(null, payload);
  });
  server.addHook('onResponse', (request, reply, done) => {
    finish(request, reply);
    done();
  });
}

/** The pattern of the route that a request has in Fastify. */
function routeOf(request: FastifyRequest): string | undefined {
  return request.is404 ? undefined : request.routeOptions.url;
}
