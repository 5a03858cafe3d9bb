import { UsageFault } from '@libs/platform';
import { digestOf } from '../api-key';
import { KeyAdministration, keyTable, type KeyTerms } from './key-administration';
import { idOf, termsOf } from './key-options';
import type { KeyEntry } from './keys-file';

const NOW = new Date('2026-11-21T12:00:00Z');
const UNCHANGED: KeyTerms = { scopes: undefined, quotaPerMinute: undefined, expiresAt: undefined };

function administration(...keys: readonly KeyEntry[]): KeyAdministration {
  return new KeyAdministration(keys, NOW);
}

function made(terms: Partial<KeyTerms> = {}): { readonly entry: KeyEntry; readonly key: string } {
  const { keys, result } = administration().create('notebook', { ...UNCHANGED, ...terms });
  return { entry: keys[0]!, key: result };
}

describe(KeyAdministration.name, () => {
  it('makes a key of both scopes that never expires, unless told otherwise, and keeps its hash alone', () => {
    const { entry, key } = made();
    expect(entry).toEqual({
      id: 'notebook',
      sha256: digestOf(key),
      scopes: ['ingest', 'read'],
      createdAt: NOW.toISOString(),
    });
    const expiresAt = new Date('2027-01-01T00:00:00Z');
    expect(made({ scopes: ['read'], quotaPerMinute: 7, expiresAt }).entry).toMatchObject({
      scopes: ['read'],
      quotaPerMinute: 7,
      expiresAt: '2027-01-01T00:00:00.000Z',
    });
    expect(made({ expiresAt: null }).entry).not.toHaveProperty('expiresAt');
  });

  it('refuses an id that is known, revoked or not, and names rotate', () => {
    const { entry } = made();
    expect(() => administration(entry).create('notebook', UNCHANGED)).toThrow(/exists: rotate/);
    const revoked = { ...entry, revokedAt: NOW.toISOString() };
    expect(() => administration(revoked).create('notebook', UNCHANGED)).toThrow(/was revoked: rotate/);
  });

  it('gives an id a new key and keeps what the key may do, or changes what is told', () => {
    const { entry } = made({ scopes: ['read'], quotaPerMinute: 7, expiresAt: new Date('2027-01-01') });
    const { keys, result } = administration(entry).rotate('notebook', UNCHANGED);
    expect(keys).toEqual([{ ...entry, sha256: digestOf(result), rotatedAt: NOW.toISOString() }]);
    const terms: KeyTerms = { scopes: ['ingest'], quotaPerMinute: 9, expiresAt: null };
    const [changed] = administration(entry).rotate('notebook', terms).keys;
    expect(changed).toMatchObject({ scopes: ['ingest'], quotaPerMinute: 9 });
    expect(changed).not.toHaveProperty('expiresAt');
  });

  it('brings a revoked id back with a new key, and an expired one only with a new end', () => {
    const { entry } = made();
    const [back] = administration({ ...entry, revokedAt: NOW.toISOString() }).rotate(
      'notebook',
      UNCHANGED,
    ).keys;
    expect(back).not.toHaveProperty('revokedAt');
    const expired = { ...entry, expiresAt: NOW.toISOString() };
    expect(() => administration(expired).rotate('notebook', UNCHANGED)).toThrow(/--expires/);
    const [again] = administration(expired).rotate('notebook', { ...UNCHANGED, expiresAt: null }).keys;
    expect(again).not.toHaveProperty('expiresAt');
  });

  it('revokes once and keeps the id', () => {
    const { entry } = made();
    const { keys, change, result } = administration(entry).revoke('notebook');
    expect([change, result]).toEqual([{ action: 'revoked', keyId: 'notebook' }, 'revoked']);
    expect(keys).toEqual([{ ...entry, revokedAt: NOW.toISOString() }]);
    const again = administration(keys[0]!).revoke('notebook');
    expect(again).toEqual({ keys, change: undefined, result: 'was revoked before' });
    expect(() => administration().revoke('notebook')).toThrow('there is no key notebook');
    expect(() => administration().rotate('notebook', UNCHANGED)).toThrow('there is no key notebook');
  });
});

describe('the options of a key', () => {
  it.each(['a', 'A.b_c-9', 'x'.repeat(64)])('take %s for an id', (id) => {
    expect(idOf({ id })).toBe(id);
  });

  it.each([undefined, '', 'a b', 'ä', 'x'.repeat(65), 'a/b', 'a\n'])('do not take %j for an id', (id) => {
    expect(() => idOf({ id })).toThrow(UsageFault);
  });

  it('leave as it is what is not told', () => {
    expect(termsOf({}, NOW)).toEqual(UNCHANGED);
  });

  it.each([
    ['30d', '2026-12-21T12:00:00.000Z'],
    ['12h', '2026-11-22T00:00:00.000Z'],
    ['2w', '2026-12-05T12:00:00.000Z'],
    ['2027-06-30', '2027-06-30T00:00:00.000Z'],
    ['2027-06-30T12:00:00+02:00', '2027-06-30T10:00:00.000Z'],
  ])('take --expires %s for %s', (expires, expected) => {
    expect(termsOf({ expires }, NOW).expiresAt?.toISOString()).toBe(expected);
  });

  it('take --expires never, --quota and --scopes', () => {
    expect(termsOf({ expires: 'never', quota: '600/min', scopes: 'read, ingest' }, NOW)).toEqual({
      expiresAt: null,
      quotaPerMinute: 600,
      scopes: ['ingest', 'read'],
    });
  });

  it.each([
    { quota: '600' },
    { quota: '0/min' },
    { quota: '1/sec' },
    { quota: '999999999/min' },
    { scopes: 'admin' },
    { scopes: '' },
    { scopes: 'read,' },
    { expires: '0d' },
    { expires: 'tomorrow' },
    { expires: '2020-01-01' },
    { expires: '2027-13-01' },
    { expires: '2027-06-30T12:00:00' },
    { expires: '5m' },
  ])('refuse %j', (given) => {
    expect(() => termsOf(given, NOW)).toThrow(UsageFault);
  });
});

describe(keyTable.name, () => {
  it('tells state and terms of each id, and nothing of its hash', () => {
    const { entry } = made({ quotaPerMinute: 5, scopes: ['read'] });
    const keys = [
      entry,
      { ...entry, id: 'old', expiresAt: NOW.toISOString() },
      { ...entry, id: 'gone', revokedAt: 'x' },
    ];
    const table = keyTable(keys, NOW);
    expect(table.split('\n').map((line) => line.split(/ {2,}/).slice(0, 4))).toEqual([
      ['ID', 'STATE', 'SCOPES', 'QUOTA'],
      ['notebook', 'active', 'read', '5/min'],
      ['old', 'expired', 'read', '5/min'],
      ['gone', 'revoked', 'read', '5/min'],
    ]);
    expect(table).not.toContain(entry.sha256);
  });
});
