import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NestLogger } from '@libs/platform';
import { replyProblem } from './reply-problem';

/** Turns every error into application/problem+json; the one place where an error meets an HTTP status. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: NestLogger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    // Fastify closes on a refused body: a client that still writes would miss the answer.
    const reply = http.getResponse<FastifyReply>().removeHeader('connection');
    const { code } = replyProblem(request, reply, error);
    if (code === 'internal_error')
      this.logger.pino.error({ requestId: request.id, err: error }, 'unforeseen error');
  }
}
