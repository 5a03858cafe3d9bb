import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NestLogger } from '@libs/platform';
import type { RequestInfo } from '../request-info';
import { PROBLEM_TYPE, problemOf, type ProblemAnswer } from './problem';

/** Turns every error into application/problem+json; the one place where an unforeseen one is logged. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: NestLogger) {}

  /** Of what the framework serves. */
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const { status, headers, body } = this.answerTo(error, http.getRequest<FastifyRequest>());
    void http
      .getResponse<FastifyReply>()
      .status(status)
      .headers(headers)
      .send(Buffer.from(JSON.stringify(body))); // of a string Fastify would add a charset
  }

  /** What a request is answered with, under its id. */
  answerTo(error: unknown, request: RequestInfo): Omit<ProblemAnswer, 'code'> {
    const { status, code, headers, body } = this.problemOf(error, request.id);
    request.outcome.code = code;
    return {
      status,
      headers: { ...headers, 'content-type': PROBLEM_TYPE },
      body: { ...body, requestId: request.id },
    };
  }

  /** What an error comes to for a request, or for one record of it. */
  problemOf(error: unknown, requestId: string): ProblemAnswer {
    const problem = problemOf(error);
    if (problem.code === 'internal_error') {
      this.logger.pino.error({ requestId, err: error }, 'unforeseen error');
    }
    return problem;
  }
}
