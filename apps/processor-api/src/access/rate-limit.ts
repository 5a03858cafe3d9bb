import { PipelineError } from '@libs/domain';
import { WINDOW_SECONDS, type QuotaState } from './key-quotas';

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

/** The headers of draft-ietf-httpapi-ratelimit-headers-10: what the key may send, and what of that is left. */
export function rateLimitHeaders({
  perMinute,
  remaining,
  resetSeconds,
}: QuotaState): Readonly<Record<string, string>> {
  return {
    'ratelimit-policy': `"key";q=${perMinute};w=${WINDOW_SECONDS}`,
    ratelimit: `"key";r=${remaining};t=${resetSeconds}`,
  };
}
