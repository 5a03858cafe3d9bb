import type { ServerResponse } from 'node:http';
import { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { PipelineError } from '@libs/domain';
import { SECURITY_HEADERS } from '@libs/platform';
import { AccessPolicy } from '../access/access-policy';
import { Caller } from '../access/caller';
import { rateLimitHeaders } from '../access/rate-limits';
import { Cors } from './cors';
import { drainRest } from './drain';
import { answerBrokenRequest } from './broken-request';
import { OpenConnections } from './open-connections';
import type { RequestInfo } from './request-info';
import { RequestLog } from './request-log';
import { RequestSpans } from './request-spans';
import type { RouteTable } from './route-table';

/** For a year, and for this host alone: nobody here can speak for others of its domain. */
const HEADERS_OVER_TLS = { 'strict-transport-security': 'max-age=31536000' };

/** What every request passes: refused before its body is read, and logged, measured and traced once it is answered. */
@Injectable()
export class RequestLifecycle {
  private isClosing = false;
  /** What every answer carries. */
  private headers: Readonly<Record<string, string>> = SECURITY_HEADERS;
  private cors = new Cors([]);

  constructor(
    private readonly connections: OpenConnections,
    private readonly access: AccessPolicy,
    private readonly log: RequestLog,
    private readonly spans: RequestSpans,
  ) {}

  /** Before the server has any route; `table` is to know them all. */
  install(server: FastifyInstance, table: RouteTable, cors: Cors): void {
    this.cors = cors;
    if (server.server instanceof TlsServer) this.headers = { ...SECURITY_HEADERS, ...HEADERS_OVER_TLS };
    server.server.on('clientError', (error: Error, socket: Socket) => {
      const answer = answerBrokenRequest(error, socket, this.headers);
      if (answer) this.log.broken(answer, socket.remoteAddress);
    });
    // An Expect that Node does not know would get its bare 417; RFC 9110, section 10.1.1 allows to ignore it.
    server.server.on('checkExpectation', (request, response) => {
      server.server.emit('request', request, response);
    });

    table.watch(server);
    server.decorateRequest('route');
    server.decorateRequest('outcome');
    server.decorateRequest('caller');
    server.decorateRequest('clientAddress', '');
    server.decorateRequest('startedAt', 0);
    server.addHook('preClose', () => this.close());
    server.addHook('onRequest', async (request, reply) => {
      request.startedAt = performance.now();
      request.route = table.routeOf(request);
      request.outcome = {};
      request.caller = Caller.anybody;
      await this.admit(request);
      const fault = table.refusal(request);
      if (fault) throw fault;
      if (request.method !== 'OPTIONS') return;
      const methods = table.methodsAt(request.url);
      void reply.headers(this.cors.preflightHeadersFor(request.headers, methods));
      await reply.status(204).header('allow', methods.join(', ')).send();
    });
    server.addHook('onSend', (request, reply, payload, done) => {
      const send = (): void => {
        void reply.headers(this.headersFor(request));
        done(null, payload);
        this.finishOnClose(request, reply.raw);
      };
      if (request.route?.access === 'read') request.caller.spendAnswer(bytesOf(payload)).then(send, done);
      else send();
    });
  }

  /**
   * Takes a request in, whose facts are empty yet.
   *
   * @throws PipelineError `shutting_down`, `overloaded`, `invalid_request`; what AccessPolicy.admit throws
   */
  async admit(request: RequestInfo): Promise<void> {
    this.spans.start(request);
    request.clientAddress = this.access.addressOf(request);
    const hasRoom = this.connections.asked(request.raw.socket);
    if (this.isClosing) throw new PipelineError('shutting_down', 'this process is stopping');
    // A full server is still healthy.
    if (!hasRoom && request.route?.access !== 'health') {
      throw new PipelineError(
        'overloaded',
        'more connections are open than may be, of all or of your address: this one is closed',
      );
    }
    if (request.raw.httpVersion === '1.1' && countHosts(request.raw.rawHeaders) !== 1) {
      throw new PipelineError('invalid_request', 'HTTP/1.1 requires exactly one Host header');
    }
    await this.access.admit(request);
  }

  /**
   * What an answer carries besides its own: what all do, for pages of other origins, the caller's quota, and that the
   * connection ends with it.
   */
  headersFor({ caller, raw }: RequestInfo): Readonly<Record<string, string>> {
    return {
      ...this.headers,
      ...this.cors.headersFor(raw.headers),
      ...((this.isClosing || this.connections.isRetired(raw.socket)) && { connection: 'close' }),
      ...(caller.quota && rateLimitHeaders(caller.quota)),
    };
  }

  /** To be called once the answer is made: it is finished when it is out, or its client gone. */
  finishOnClose(request: RequestInfo, response: ServerResponse): void {
    drainRest(request.raw);
    const finish = (): void => {
      this.connections.answered(request.raw.socket);
      this.spans.end(request, response.statusCode);
      this.log.answered(request, response.statusCode);
    };
    if (response.closed) finish();
    else response.once('close', finish);
  }

  /** Refuses from now on whatever comes; what was admitted is answered. */
  private async close(): Promise<void> {
    this.isClosing = true;
    await this.connections.closeUnused();
  }
}

/** Of an answer that is not a stream. */
function bytesOf(payload: unknown): number {
  return typeof payload === 'string' || Buffer.isBuffer(payload) ? payload.length : 0;
}

/** Of two, Node would take the first and a proxy in front perhaps the other (RFC 9112, section 3.2). */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]!.toLowerCase() === 'host') count += 1;
  return count;
}
