import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NestLogger } from '@libs/platform';
import { problemOf } from './problem';

/** Turns every error into application/problem+json; the one place where an error meets an HTTP status. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: NestLogger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const { status, code, headers, body } = problemOf(error);
    request.outcome.code = code;
    if (status === 500) this.logger.pino.error({ requestId: request.id, err: error }, 'unforeseen error');
    void http
      .getResponse<FastifyReply>()
      .removeHeader('connection') // Fastify closes on a refused body: a client that still writes would miss the answer
      .status(status)
      .headers(headers)
      .header('content-type', 'application/problem+json')
      .send(Buffer.from(JSON.stringify({ ...body, requestId: request.id }))); // of a string Fastify would add a charset
  }
}
