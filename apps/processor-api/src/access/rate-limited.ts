import { PipelineError } from '@libs/domain';

/** A quota is used up until `retryAfterSeconds` from now. */
export class RateLimited extends PipelineError<'rate_limited' | 'too_many_failures'> {
  constructor(
    code: 'rate_limited' | 'too_many_failures',
    message: string,
    readonly retryAfterSeconds: number,
  ) {
    super(code, message);
  }
}
