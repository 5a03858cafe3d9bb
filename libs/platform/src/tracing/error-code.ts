import { isPipelineError, type ErrorCode } from '@libs/domain';

/** The code of an error, whatever it is: spans and answers tell it, never its words. */
export function errorCodeOf(error: unknown): ErrorCode {
  return isPipelineError(error) ? error.code : 'internal_error';
}
