import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestLogger, SECURITY_HEADERS, Tracing } from '@libs/platform';
import { AccessPolicy } from '../access/access-policy';
import { Caller } from '../access/caller';
import { KeyMetrics } from '../access/key-metrics';
import { answerBrokenRequest } from './broken-request';
import { installBodyParser } from './body/body-parser';
import { BodyReader } from './body/body-reader';
import { drainRest } from './body/drain';
import { HttpMetrics } from './http-metrics';
import { OpenConnections } from './open-connections';
import { RecentTraffic } from './recent-traffic';
import { Reception } from './reception';
import { RecordRoutes } from './record-routes';
import { RecordServer } from './record-server';
import { normalizeTarget } from './request-target';
import { RequestSpans } from './request-spans';
import { RouteTable } from './route-table';
import type { ServerTls, TlsOptions } from './tls/server-tls';

export interface HttpSettings {
  readonly maxConnections: number;
  readonly tls: ServerTls | undefined;
}

/** The target of a request counts as well. */
const MAX_HEADER_BYTES = 16 * 1024;
const LIMITS: ServerOptions = {
  maxHeaderSize: MAX_HEADER_BYTES,
  headersTimeout: 10_000,
  requestTimeout: 120_000,
  connectionsCheckingInterval: 1_000,
  /** Longer than the idle time of a load balancer in front, or it would reuse a connection we just closed. */
  keepAliveTimeout: 72_000,
  /** Node's own refusal has no body; `Reception` answers a problem. */
  requireHostHeader: false,
};
/** For a year, and for this host alone: nobody here can speak for others of its domain. */
const HEADERS_OVER_TLS = { 'strict-transport-security': 'max-age=31536000' };
/** A connection that looks idle may have a request on its way: for so long it is answered 503, not reset. */
const CLOSING_LINGER_MS = 250;

/** Fastify with our limits, over TLS where it is given, behind `records`. Every target passes one check before both. */
export function createHttpAdapter(records: RecordServer, tls?: TlsOptions): FastifyAdapter {
  return new FastifyAdapter({
    logger: false,
    skipMiddie: true, // no middleware runs here
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_HEADER_BYTES }, // a longer parameter is as wrong as any other
    serverFactory: (serve: RequestListener) => {
      const listener: RequestListener = (request, response) => {
        if (!normalizeTarget(request)) records.refuse(request, response);
        else if (!records.take(request, response)) serve(request, response);
      };
      return tls ? createTlsServer({ ...LIMITS, ...tls }, listener) : createServer(LIMITS, listener);
    },
    clientErrorHandler: () => undefined, // installHooks answers, where it can be counted
  });
}

/**
 * Opens `records` and installs the hooks that admit and finish every Fastify request; returns the open connections.
 */
export function installHooks(
  app: NestFastifyApplication,
  records: RecordServer,
  { maxConnections, tls }: HttpSettings,
): OpenConnections {
  const server = app.getHttpAdapter().getInstance();
  const metrics = app.get(HttpMetrics);
  const { pino: logger } = app.get(NestLogger);
  const tracing = app.get<Tracing | null>(Tracing);
  const connections = new OpenConnections(server.server, maxConnections);
  const headers = { ...SECURITY_HEADERS, ...(tls && HEADERS_OVER_TLS) };
  const reception = new Reception({
    connections,
    access: app.get(AccessPolicy),
    metrics,
    keyMetrics: app.get(KeyMetrics),
    spans: tracing === null ? undefined : new RequestSpans(tracing),
    headers,
    logger,
  });
  const { all: routes } = app.get(RecordRoutes);
  records.open({ routes, reception, traffic: app.get(RecentTraffic), logger });
  const table = new RouteTable(server, routes);
  metrics.watchConnections(() => connections.count);

  server.server.on('clientError', (error: Error, socket: Socket) => {
    const answer = answerBrokenRequest(error, socket, headers);
    if (!answer) return;
    const { status, code } = answer;
    metrics.observe({ method: 'other', route: undefined }, status, 0);
    logger.info({ status, code, remote: socket.remoteAddress }, 'broken request');
  });

  server.decorateRequest('route');
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
    request.route = table.routeOf(request);
    request.outcome = {};
    request.caller = Caller.anybody;
    await reception.admit(request);
    const fault = table.refusal(request);
    if (fault) throw fault;
  });
  installBodyParser(server, app.get(BodyReader));
  server.addHook('onSend', (request, reply, payload, done) => {
    void reply.headers(reception.headersFor(request));
    done(null, payload);
  });
  server.addHook('onResponse', (request, reply, done) => {
    drainRest(request.raw);
    reception.finish(request, { status: reply.statusCode, ms: reply.elapsedTime });
    done();
  });
  return connections;
}
