import { timingSafeEqual } from 'node:crypto';
import { digestOf, isApiKey, type Scope } from './api-key';
import type { KeyEntry } from './keys/keys-file';
import type { QuotaHolder } from './rate-limits';

/** A key that may be used, by its id. */
export interface ApiKey extends QuotaHolder {
  readonly scopes: readonly Scope[];
}

/** A key that is about to expire. */
export interface ExpiringKey {
  readonly keyId: string;
  readonly expiresAt: string;
}

/** So long before its end a key is told of. */
const EXPIRY_NOTICE_MS = 14 * 24 * 60 * 60 * 1000;

interface UsableKey {
  readonly digest: Buffer;
  readonly expiresAtMs: number;
  readonly key: ApiKey;
}

/** The keys of one version of the keys file. */
export class KeyRing {
  private readonly byDigest: ReadonlyMap<string, UsableKey>;

  constructor(readonly entries: readonly KeyEntry[]) {
    const usable = entries.filter(({ revokedAt }) => revokedAt === undefined);
    this.byDigest = new Map(usable.map((entry) => [entry.sha256, usableKey(entry)]));
  }

  /** Keys that were not revoked. */
  get size(): number {
    return this.byDigest.size;
  }

  get ids(): readonly string[] {
    return this.entries.map(({ id }) => id);
  }

  /** The keys that are good now and will not be in 14 days. */
  expiring(now: Date): readonly ExpiringKey[] {
    const untilExpiryMs = ({ expiresAtMs }: UsableKey): number => expiresAtMs - now.getTime();
    return [...this.byDigest.values()]
      .filter((key) => untilExpiryMs(key) > 0 && untilExpiryMs(key) <= EXPIRY_NOTICE_MS)
      .map(({ key, expiresAtMs }) => ({ keyId: key.id, expiresAt: new Date(expiresAtMs).toISOString() }));
  }

  /**
   * The key behind what a client sent; undefined for one that is malformed, unknown, revoked or expired.
   *
   * How long this takes tells nothing of the keys that exist: what is looked up is the SHA-256 of the text sent. To
   * steer it towards a stored hash digit by digit somebody would have to invert SHA-256, and to know that hash is not
   * to know its key. The comparison that decides is of constant time all the same.
   */
  find(sent: string, now: Date): ApiKey | undefined {
    if (!isApiKey(sent)) return undefined;
    const digest = digestOf(sent);
    const found = this.byDigest.get(digest);
    if (!found || !timingSafeEqual(found.digest, Buffer.from(digest, 'hex'))) return undefined;
    return found.expiresAtMs > now.getTime() ? found.key : undefined;
  }
}

function usableKey({ id, sha256, scopes, quotaPerMinute, expiresAt }: KeyEntry): UsableKey {
  return {
    digest: Buffer.from(sha256, 'hex'),
    expiresAtMs: expiresAt === undefined ? Infinity : Date.parse(expiresAt),
    key: { id, scopes, quotaPerMinute },
  };
}
