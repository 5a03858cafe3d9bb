import { hash, randomBytes } from 'node:crypto';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { PipelineError } from '@libs/domain';
import { networkOf } from '@libs/platform';

/** What counts is what came within one minute, which begins with the first request. */
const WINDOW_SECONDS = 60;

/**
 * Addresses share this many counters, so that memory stays the same whatever comes. Two that share one share its
 * limit: the second is told 429 where it would have been told 401, and neither if it has a key.
 */
const ADDRESS_COUNTERS = 16_384;

/** A key as its quota sees it. */
export interface QuotaHolder {
  readonly id: string;
  /** Undefined where the key has no quota of its own. */
  readonly quotaPerMinute: number | undefined;
}

/** What is left of a key's quota in its current minute. */
export interface QuotaState {
  readonly perMinute: number;
  readonly remaining: number;
  /** When the quota is whole again. */
  readonly resetSeconds: number;
  /** The last records asked for are beyond the quota. */
  readonly isExceeded: boolean;
}

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

/** Only counts: a quota may change with the keys file at any time, so limits are compared where they are known. */
class MinuteCounts {
  private readonly counts = new RateLimiterMemory({
    points: Number.MAX_SAFE_INTEGER,
    duration: WINDOW_SECONDS,
  });

  async add(
    counter: string | number,
    points: number,
  ): Promise<{ readonly total: number; readonly resetSeconds: number }> {
    const { consumedPoints, msBeforeNext } = await this.counts.consume(counter, points);
    return { total: consumedPoints, resetSeconds: Math.max(Math.ceil(msBeforeNext / 1000), 1) };
  }
}

/** Counts what each key asks for. Memory: one entry for each key that asked within the minute. */
export class KeyQuotas {
  private readonly counts = new MinuteCounts();

  constructor(private readonly defaultPerMinute: number) {}

  async spend(key: QuotaHolder, records: number): Promise<QuotaState> {
    const perMinute = key.quotaPerMinute ?? this.defaultPerMinute;
    const { total, resetSeconds } = await this.counts.add(key.id, records);
    return {
      perMinute,
      remaining: Math.max(perMinute - total, 0),
      resetSeconds,
      isExceeded: total > perMinute,
    };
  }
}

/** The headers of draft-ietf-httpapi-ratelimit-headers-10: what the key may send, and what of that is left. */
export function rateLimitHeaders(quota: QuotaState): Readonly<Record<string, string>> {
  return {
    'ratelimit-policy': `"key";q=${quota.perMinute};w=${WINDOW_SECONDS}`,
    ratelimit: `"key";r=${quota.remaining};t=${quota.resetSeconds}`,
  };
}

/** Counts requests without a known key by where they come from; IPv6 by network of 64 bits, which one client owns whole. */
export class FailedAttempts {
  private readonly counts = new MinuteCounts();
  /** Nobody can pick an address that shares the counter of another. */
  private readonly salt = randomBytes(16).toString('hex');

  constructor(private readonly perMinute: number) {}

  /** Resolves to the refusal to send once there were too many from this address. */
  async count(address: string): Promise<RateLimited | undefined> {
    const { total, resetSeconds } = await this.counts.add(this.counterOf(address), 1);
    if (total <= this.perMinute) return undefined;
    const message = 'too many requests without a known key came from this address';
    return new RateLimited('too_many_failures', message, resetSeconds);
  }

  private counterOf(address: string): number {
    return hash('sha256', this.salt + networkOf(address), 'buffer').readUInt32BE() % ADDRESS_COUNTERS;
  }
}
