import type { FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEM_TYPE, problemOf, type ProblemAnswer } from './problem';

/** Answers a request with what an error comes to, under its request id. */
export function replyProblem(request: FastifyRequest, reply: FastifyReply, error: unknown): ProblemAnswer {
  const answer = problemOf(error);
  request.outcome.code = answer.code;
  void reply
    .status(answer.status)
    .headers(answer.headers)
    .header('content-type', PROBLEM_TYPE)
    .send(Buffer.from(JSON.stringify({ ...answer.body, requestId: request.id }))); // of a string Fastify would add a charset
  return answer;
}
