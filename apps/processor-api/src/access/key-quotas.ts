import { RateLimiterMemory } from 'rate-limiter-flexible';

/** What counts is what came within one minute. */
export const WINDOW_SECONDS = 60;

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

/**
 * Counts what each key asks for, in a minute that begins with its first request.
 * Memory: one entry for each key that asked within the minute.
 */
export class KeyQuotas {
  /** Only counts: the quota may change with the keys file at any time, so it is compared here. */
  private readonly counts = new RateLimiterMemory({
    points: Number.MAX_SAFE_INTEGER,
    duration: WINDOW_SECONDS,
  });

  constructor(private readonly defaultPerMinute: number) {}

  async spend(key: QuotaHolder, records: number): Promise<QuotaState> {
    const perMinute = key.quotaPerMinute ?? this.defaultPerMinute;
    const { consumedPoints, msBeforeNext } = await this.counts.consume(key.id, records);
    return {
      perMinute,
      remaining: Math.max(perMinute - consumedPoints, 0),
      resetSeconds: Math.max(Math.ceil(msBeforeNext / 1000), 1),
      isExceeded: consumedPoints > perMinute,
    };
  }
}
