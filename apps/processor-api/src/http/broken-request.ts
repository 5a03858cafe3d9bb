import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PipelineError, type ErrorCode } from '@libs/domain';
import { drainSocket, isDraining } from './drain';
import { PROBLEM_TYPE, problemOf, type ProblemAnswer } from './problems/problem';

const CODES: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

const answered = new WeakSet<Socket>();

/**
 * What Node's parser refuses never becomes a request; the answer is written on the bare socket, with `headers`.
 * Undefined where there is nobody to answer, or it was answered before.
 */
export function answerBrokenRequest(
  error: Error & { code?: string },
  socket: Socket,
  headers: Readonly<Record<string, string>>,
): ProblemAnswer | undefined {
  if (answered.has(socket)) return undefined; // the parser fails anew at each piece that a client still writes
  answered.add(socket);
  if (!socket.writable || isDraining(socket) || error.code === 'ECONNRESET') {
    socket.destroySoon(); // an answer may still be on its way
    return undefined;
  }
  const code = CODES[error.code ?? ''] ?? 'invalid_request';
  const answer = problemOf(new PipelineError(code, 'the request could not be read'));
  const text = JSON.stringify(answer.body);
  const head = [
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
  drainSocket(socket);
  return answer;
}
