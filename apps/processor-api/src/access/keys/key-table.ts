import type { KeyEntry } from './keys-file';

const TITLES = ['ID', 'STATE', 'SCOPES', 'QUOTA', 'CREATED', 'ROTATED', 'EXPIRES'];

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
