import { STATUS_CODES } from 'node:http';
import { HttpException, ServiceUnavailableException } from '@nestjs/common';
import {
  ERROR_CATALOGUE,
  InvalidMetadata,
  isPipelineError,
  PipelineError,
  type ErrorCode,
} from '@libs/domain';
import { RateLimited } from '../../access/rate-limits';
import { UnsupportedEncoding } from '../body/content-headers';

/** HTTP status of each error code that an HTTP client can meet. */
export const HTTP_STATUS: Partial<Record<ErrorCode, number>> = {
  invalid_metadata: 422,
  invalid_json: 400,
  invalid_encoding: 400,
  nesting_too_deep: 400,
  invalid_request: 400,
  invalid_compression: 400,
  invalid_msgpack: 400,
  event_id_on_batch: 400,
  unauthorized: 401,
  address_not_allowed: 403,
  insufficient_scope: 403,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  body_too_large: 413,
  batch_too_long: 413,
  record_too_large_for_topic: 413,
  unsupported_media_type: 415,
  too_many_failures: 429,
  rate_limited: 429,
  record_refused_by_topic: 422,
  headers_too_large: 431,
  internal_error: 500,
  topic_missing: 500,
  topic_not_authorized: 500,
  topic_unusable: 500,
  reads_not_configured: 501,
  not_ready: 503,
  queue_full: 503,
  publish_timeout: 503,
  broker_unavailable: 503,
  shutting_down: 503,
  overloaded: 503,
  store_unavailable: 503,
  read_timeout: 504,
};

/** How long to wait where the error itself does not tell. */
export const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, number>> = {
  not_ready: 2,
  queue_full: 1,
  publish_timeout: 2,
  broker_unavailable: 2,
  shutting_down: 2,
  overloaded: 1,
  store_unavailable: 5,
  read_timeout: 5,
};

/** Statuses that are thrown as such: by the framework, and where both apps serve the same route. */
const FRAMEWORK_CODES: Partial<Record<number, ErrorCode>> = {
  403: 'address_not_allowed',
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'request_timeout',
  413: 'body_too_large',
  415: 'unsupported_media_type',
  431: 'headers_too_large',
  503: 'not_ready',
};

export const PROBLEM_TYPE = 'application/problem+json';

/** An answer of RFC 9457: `body` is sent as PROBLEM_TYPE. */
export interface ProblemAnswer {
  readonly status: number;
  readonly code: ErrorCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The answer to any error; what is not foreseen becomes 500 and tells nothing of itself. */
export function problemOf(error: unknown): ProblemAnswer {
  const known = isPipelineError(error) ? error : frameworkError(error);
  const { code } = known;
  const status = HTTP_STATUS[code] ?? 500;
  const retryAfter = known instanceof RateLimited ? known.retryAfterSeconds : RETRY_AFTER_SECONDS[code];
  return {
    status,
    code,
    headers: {
      ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
      ...(status === 401 && { 'www-authenticate': 'Bearer realm="gpu-metadata"' }),
      ...(known instanceof UnsupportedEncoding && { 'accept-encoding': known.accepted }),
      ...(known instanceof MethodNotAllowed && { allow: known.allowed.join(', ') }),
      // The rest of a body that stopped can no longer be told from a next request.
      ...(status === 408 && { connection: 'close' }),
    },
    body: {
      type: 'about:blank',
      title: STATUS_CODES[status],
      status,
      code,
      detail: known.message,
      ...(known instanceof InvalidMetadata && violationsOf(known)),
      ...(error instanceof ServiceUnavailableException && checksOf(error)),
    },
  };
}

/** A path that exists for other methods. */
export class MethodNotAllowed extends PipelineError<'method_not_allowed'> {
  constructor(readonly allowed: readonly string[]) {
    super('method_not_allowed', `this path takes ${allowed.join(', ')}`);
  }
}

function frameworkError(error: unknown): PipelineError {
  const status = error instanceof HttpException ? error.getStatus() : statusOf(error);
  if (status === undefined || status >= 600 || status < 400) {
    return new PipelineError('internal_error', 'the request could not be processed', { cause: error });
  }
  const code = FRAMEWORK_CODES[status] ?? (status < 500 ? 'invalid_request' : 'internal_error');
  return new PipelineError(code, ERROR_CATALOGUE[code].meaning, { cause: error });
}

function statusOf(error: unknown): number | undefined {
  const status: unknown = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

function violationsOf({ violations, omitted }: InvalidMetadata): Record<string, unknown> {
  return { errors: violations, ...(omitted > 0 && { errorsOmitted: omitted }) };
}

function checksOf(error: ServiceUnavailableException): Record<string, unknown> {
  const response = error.getResponse();
  return typeof response === 'object' && 'details' in response ? { checks: response.details } : {};
}
