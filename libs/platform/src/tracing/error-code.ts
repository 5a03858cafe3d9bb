import { PipelineError } from '@libs/domain';

/** What a span tells of an error: its code, never its words. */
export function errorCodeOf(error: unknown): string {
  return error instanceof PipelineError ? (error as PipelineError).code : 'internal_error';
}
