import { WINDOW_SECONDS, type QuotaState } from './key-quotas';

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
