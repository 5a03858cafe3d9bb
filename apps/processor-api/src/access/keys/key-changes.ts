import type { KeyEntry } from './keys-file';

type Kind = 'created' | 'rotated' | 'revoked' | 'changed' | 'removed';

/** The ids of what a new version of the keys file changes, whoever wrote it; kinds without any are left out. */
export function keyChanges(
  before: readonly KeyEntry[],
  after: readonly KeyEntry[],
): Readonly<Partial<Record<Kind, readonly string[]>>> {
  const [earlier, later] = [byId(before), byId(after)];
  const changes: Partial<Record<Kind, string[]>> = {};
  for (const id of new Set([...earlier.keys(), ...later.keys()])) {
    const kind = kindOf(earlier.get(id), later.get(id));
    if (kind) (changes[kind] ??= []).push(id);
  }
  return changes;
}

function kindOf(before: KeyEntry | undefined, after: KeyEntry | undefined): Kind | undefined {
  if (after === undefined) return 'removed';
  if (before === undefined) return 'created';
  if (after.revokedAt !== undefined && before.revokedAt === undefined) return 'revoked';
  if (after.sha256 !== before.sha256) return 'rotated';
  return JSON.stringify(after) === JSON.stringify(before) ? undefined : 'changed';
}

function byId(keys: readonly KeyEntry[]): ReadonlyMap<string, KeyEntry> {
  return new Map(keys.map((entry) => [entry.id, entry]));
}
