import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, newApiKey } from './api-key';
import { editKeysFile } from './edit-keys-file';
import { KeyRing } from './key-ring';
import { formatKeysFile, parseKeysFile, readKeysFileSync, type KeyEntry } from './keys-file';

const NOW = new Date('2026-11-21T12:00:00Z');
const key = newApiKey();
const entry: KeyEntry = {
  id: 'note.book_1-x',
  sha256: digestOf(key),
  scopes: ['ingest', 'read'],
  createdAt: '2026-11-01T00:00:00.000Z',
};

describe('the keys file', () => {
  it('comes back as it was written', () => {
    const whole = {
      ...entry,
      quotaPerMinute: 5,
      rotatedAt: entry.createdAt,
      expiresAt: entry.createdAt,
      revokedAt: entry.createdAt,
    };
    expect(parseKeysFile(formatKeysFile([whole]))).toEqual([whole]);
    expect(parseKeysFile(formatKeysFile([]))).toEqual([]);
  });

  it.each([
    ['is not JSON', '{"keys": ["gmk_secret"'],
    ['see its top', '[]'],
    ['see version', '{"version": 2, "keys": []}'],
    ['see keys', '{"version": 1}'],
    ['see keys.0.id', changed({ id: 'a b' })],
    ['see keys.0.id', changed({ id: '' })],
    ['see keys.0.id', changed({ id: 'x'.repeat(65) })],
    ['see keys.0.sha256', changed({ sha256: key })],
    ['see keys.0.sha256', changed({ sha256: entry.sha256.toUpperCase() })],
    ['see keys.0.scopes', changed({ scopes: [] })],
    ['see keys.0.scopes.0', changed({ scopes: ['admin'] })],
    ['see keys.0.quotaPerMinute', changed({ quotaPerMinute: 0 })],
    ['see keys.0.expiresAt', changed({ expiresAt: 'tomorrow' })],
    ['see keys.0', changed({ secret: key })],
    ['names an id twice', formatKeysFile([entry, { ...entry, sha256: 'a'.repeat(64) }])],
    ['the same key under two ids', formatKeysFile([entry, { ...entry, id: 'other' }])],
  ])('is refused where it is broken, by place and never by value: %s', (fault, text) => {
    expect(() => parseKeysFile(text)).toThrow(fault);
    expect(() => parseKeysFile(text)).not.toThrow(/gmk_|tomorrow|admin/);
  });

  describe('on disk', () => {
    const directory = mkdtempSync(join(tmpdir(), 'keys-file-'));
    const path = join(directory, 'below', 'api-keys.json');
    afterAll(() => {
      rmSync(directory, { recursive: true });
    });

    it('is made for its owner alone, and nothing but it and its lock is left', () => {
      expect(readKeysFileSync(path)).toEqual([]);
      expect(editKeysFile(path, () => ({ keys: [entry], result: 7 }))).toBe(7);
      expect(readKeysFileSync(path)).toEqual([entry]);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(readdirSync(join(directory, 'below')).sort()).toEqual(['api-keys.json', 'api-keys.json.lock']);
    });

    it('stays as it was when a change is refused', () => {
      const refuse = (): never => {
        throw new Error('no');
      };
      expect(() => editKeysFile<never>(path, refuse)).toThrow('no');
      expect(readKeysFileSync(path)).toEqual([entry]);
    });

    it('is never made anew over one that is broken or too large', () => {
      writeFileSync(path, 'broken');
      expect(() => editKeysFile(path, () => ({ keys: [], result: 0 }))).toThrow('is not JSON');
      truncateSync(path, 9 * 1024 * 1024);
      expect(() => readKeysFileSync(path)).toThrow('is larger than');
    });
  });
});

describe(KeyRing.name, () => {
  it('finds a key that is good now', () => {
    expect(new KeyRing([entry]).find(key, NOW)).toEqual({
      id: entry.id,
      scopes: entry.scopes,
      quotaPerMinute: undefined,
    });
  });

  it.each([
    ['expired', { expiresAt: NOW.toISOString() }],
    ['was revoked', { revokedAt: '2099-01-01T00:00:00Z' }],
  ])('finds none that %s', (_name, change) => {
    expect(new KeyRing([{ ...entry, ...change }]).find(key, NOW)).toBeUndefined();
  });

  it.each(['', 'gmk_', key.slice(1), `${key}=`, key.toUpperCase(), newApiKey(), entry.sha256])(
    'finds none for anything else',
    (sent) => {
      expect(new KeyRing([entry]).find(sent, NOW)).toBeUndefined();
    },
  );
});

function changed(change: object): string {
  return JSON.stringify({ version: 1, keys: [{ ...entry, ...change }] });
}
