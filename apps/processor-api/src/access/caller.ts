import type { Scope } from './api-key';
import type { ApiKey } from './key-ring';
import { RateLimited, type KeyQuotas, type QuotaState } from './rate-limits';

/** An answer counts one record for so many bytes. */
const BYTES_PER_RECORD = 16 * 1024;

/** Who sent a request, once it may ask for what it asks. */
export class Caller {
  private state: QuotaState | undefined;

  /** Somebody without a key, on an open route or where the API runs without keys: no quota. */
  static readonly anybody = new Caller();

  /** The holder of `key`; without `quotas` they may send as often as they like. */
  constructor(
    private readonly key?: ApiKey,
    private readonly quotas?: KeyQuotas,
  ) {}

  /** The id of the API key, never the key; null for anybody. */
  get keyId(): string | null {
    return this.key?.id ?? null;
  }

  may(scope: Scope): boolean {
    return this.key?.scopes.includes(scope) ?? true;
  }

  /** What is left of the quota after the last `spend`; undefined where there is none. */
  get quota(): QuotaState | undefined {
    return this.state;
  }

  /** Takes from the key's quota what an answer of so many bytes counts besides its request; refuses nothing. */
  async spendAnswer(bytes: number): Promise<void> {
    const records = Math.floor(bytes / BYTES_PER_RECORD);
    if (records > 0) await this.spend(records);
  }

  /**
   * Takes `records` from the key's quota. The request itself already took one, for its first record; a batch takes
   * one for each further record. Resolves (without a turn of the event loop) to the refusal of these records where
   * the quota is used up.
   */
  async spend(records: number): Promise<RateLimited | undefined> {
    const { key, quotas } = this;
    if (!key || !quotas) return undefined;
    this.state = await quotas.spend(key, records);
    const { isExceeded, perMinute, resetSeconds } = this.state;
    return isExceeded
      ? new RateLimited('rate_limited', `this API key may send ${perMinute} records a minute`, resetSeconds)
      : undefined;
  }
}
