import { digestOf, newApiKey, type Scope } from '../api-key';
import type { Edited } from './edit-keys-file';
import { MAX_KEYS, type KeyEntry } from './keys-file';

/** What a key may be given; undefined leaves it as it is, or at its default. */
export interface KeyTerms {
  readonly scopes: readonly Scope[] | undefined;
  readonly quotaPerMinute: number | undefined;
  /** Null: never. */
  readonly expiresAt: Date | null | undefined;
}

const TITLES = ['ID', 'STATE', 'SCOPES', 'QUOTA', 'CREATED', 'ROTATED', 'EXPIRES'];

/** A change of the keys that makes no sense; the message says what would. */
export class KeyRefusal extends Error {}

/** The life of API keys, as changes of the entries of the keys file. */
export class KeyAdministration {
  constructor(
    private readonly keys: readonly KeyEntry[],
    private readonly now: Date,
  ) {}

  /** A new key under a new id; the result is the key itself, which is kept nowhere. @throws KeyRefusal */
  create(id: string, terms: KeyTerms): Edited<string> {
    const known = this.keys.find((key) => key.id === id);
    if (known) {
      const state = known.revokedAt === undefined ? 'exists' : 'was revoked';
      throw new KeyRefusal(`${id} ${state}: rotate gives it a new key`);
    }
    if (this.keys.length >= MAX_KEYS) throw new KeyRefusal(`there are ${MAX_KEYS} keys already`);
    const apiKey = newApiKey();
    const entry = {
      id,
      sha256: digestOf(apiKey),
      scopes: [...(terms.scopes ?? (['ingest', 'read'] as const))],
      ...quotaOf(terms.quotaPerMinute),
      createdAt: this.now.toISOString(),
      ...expiryOf(terms.expiresAt),
    };
    return { keys: [...this.keys, entry], change: { action: 'created', keyId: id }, result: apiKey };
  }

  /** A new key for a known id, revoked or not; the old one is good for nothing. @throws KeyRefusal */
  rotate(id: string, terms: KeyTerms): Edited<string> {
    const { expiresAt, revokedAt, ...kept } = this.find(id);
    const isExpired = expiresAt !== undefined && Date.parse(expiresAt) <= this.now.getTime();
    if (isExpired && terms.expiresAt === undefined) {
      throw new KeyRefusal(
        `${id} expired at ${expiresAt}: say until when the new key is good with --expires`,
      );
    }
    const apiKey = newApiKey();
    const rotated = {
      ...kept,
      sha256: digestOf(apiKey),
      ...(terms.scopes && { scopes: [...terms.scopes] }),
      ...quotaOf(terms.quotaPerMinute),
      rotatedAt: this.now.toISOString(),
      ...(terms.expiresAt === undefined
        ? expiresAt !== undefined && { expiresAt }
        : expiryOf(terms.expiresAt)),
    };
    return { keys: this.with(rotated), change: { action: 'rotated', keyId: id }, result: apiKey };
  }

  /** Makes the key of an id useless; the id stays known, so that nobody else gets its documents. @throws KeyRefusal */
  revoke(id: string): Edited<'revoked' | 'was revoked before'> {
    const known = this.find(id);
    if (known.revokedAt !== undefined) {
      return { keys: this.keys, change: undefined, result: 'was revoked before' };
    }
    const keys = this.with({ ...known, revokedAt: this.now.toISOString() });
    return { keys, change: { action: 'revoked', keyId: id }, result: 'revoked' };
  }

  private find(id: string): KeyEntry {
    const known = this.keys.find((key) => key.id === id);
    if (!known) throw new KeyRefusal(`there is no key ${id}`);
    return known;
  }

  private with(changed: KeyEntry): readonly KeyEntry[] {
    return this.keys.map((key) => (key.id === changed.id ? changed : key));
  }
}

function quotaOf(quotaPerMinute: number | undefined): Pick<KeyEntry, 'quotaPerMinute'> {
  return quotaPerMinute === undefined ? {} : { quotaPerMinute };
}

function expiryOf(expiresAt: Date | null | undefined): Pick<KeyEntry, 'expiresAt'> {
  return expiresAt ? { expiresAt: expiresAt.toISOString() } : {};
}

/** The keys for a screen, without anything that a key could be told by. */
export function keyTable(keys: readonly KeyEntry[], now: Date): string {
  const rows = [TITLES, ...keys.map((key) => cellsOf(key, now))];
  const widths = TITLES.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}

function cellsOf(key: KeyEntry, now: Date): readonly string[] {
  const quota = key.quotaPerMinute === undefined ? 'default' : `${key.quotaPerMinute}/min`;
  const times = [key.createdAt, key.rotatedAt, key.expiresAt].map((time) => time ?? '-');
  return [key.id, stateOf(key, now), key.scopes.join(','), quota, ...times];
}

function stateOf({ revokedAt, expiresAt }: KeyEntry, now: Date): string {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime() ? 'expired' : 'active';
}
