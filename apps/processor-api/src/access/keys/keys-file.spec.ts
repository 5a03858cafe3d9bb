import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, newApiKey } from '../api-key';
import { editKeysFile, enterKeysFolder, type Edited } from './edit-keys-file';
import { KeyRing } from '../key-ring';
import { formatKeysFile, parseKeysFile, readKeysFile, readKeysFileSync, type KeyEntry } from './keys-file';
import { operator, type Operator } from './keys-log';

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
    const start = process.cwd();
    const directory = realpathSync(mkdtempSync(join(tmpdir(), 'keys-file-')));
    const path = 'api-keys.json';
    const change = { action: 'created', keyId: entry.id } as const;
    const by: Operator = { uid: 1, user: 'ann', sudoUser: undefined, host: 'h' };
    beforeAll(() => {
      enterKeysFolder(join(directory, 'some', 'where'));
    });
    afterAll(() => {
      process.chdir(start);
      rmSync(directory, { recursive: true });
    });

    it('is made for its owner alone, and nothing but it and its log is left', async () => {
      expect(readKeysFileSync(path).keys).toEqual([]);
      expect(await editKeysFile(path, () => ({ keys: [entry], change, result: 7 }), by)).toBe(7);
      expect(readKeysFileSync(path).keys).toEqual([entry]);
      for (const file of [path, `${path}.log`]) expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(readdirSync('.').sort()).toEqual(['api-keys.json', 'api-keys.json.log']);
    });

    it('has a line in its log for each change, before the change takes effect', async () => {
      writeFileSync(`${path}.log`, '');
      const result = undefined;
      await editKeysFile(path, (keys) => ({ keys, change, result }), by);
      await editKeysFile(path, (keys) => ({ keys, change: undefined, result }), by);
      await editKeysFile(path, (keys) => ({ keys, change: { ...change, action: 'revoked' }, result }), by);
      const lines = readFileSync(`${path}.log`, 'utf8').trimEnd().split('\n');
      const time = expect.stringMatching(/^\d{4}-.*Z$/) as string;
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
        { at: time, action: 'created', keyId: entry.id, uid: 1, user: 'ann', host: 'h' },
        { at: time, action: 'revoked', keyId: entry.id, uid: 1, user: 'ann', host: 'h' },
      ]);
    });

    it('stays as it was when a change is refused or cannot be logged', async () => {
      const refuse = (): never => {
        throw new Error('no');
      };
      await expect(editKeysFile<never>(path, refuse, by)).rejects.toThrow('no');
      rmSync(`${path}.log`);
      mkdirSync(`${path}.log`);
      const remove = (): Edited<number> => ({ keys: [], change, result: 0 });
      await expect(editKeysFile(path, remove, by)).rejects.toThrow();
      rmSync(`${path}.log`, { recursive: true });
      expect(readKeysFileSync(path).keys).toEqual([entry]);
      expect(readdirSync('.')).toEqual(['api-keys.json']);
    });

    it('is changed by one process after another, and a draft that stays is told of', async () => {
      jest.useFakeTimers();
      try {
        const draft = `${path}.draft`;
        writeFileSync(draft, '');
        const keep = (keys: readonly KeyEntry[]): Edited<string> => ({ keys, change, result: 'done' });
        const waiting = editKeysFile(path, keep, by);
        await jest.advanceTimersByTimeAsync(5_000);
        rmSync(draft);
        await jest.advanceTimersByTimeAsync(100);
        expect(await waiting).toBe('done');
        for (const [content, holder] of [
          [
            'process 12 on node-1.example\n',
            /^is held by process 12 on node-1.example, for \d{9,} s; .*remove/,
          ],
          ['process 12 on \u001b[31m\n', /^is held by another process, for \d{9,} s; .*remove/],
        ] as const) {
          writeFileSync(draft, content);
          utimesSync(draft, 0, 0);
          const refused = expect(editKeysFile(path, keep, by)).rejects.toThrow(holder);
          await jest.advanceTimersByTimeAsync(11_000);
          await refused;
          rmSync(draft);
        }
      } finally {
        jest.useRealTimers();
      }
    });

    it('is refused at once where it is a named pipe, without waiting for a writer', async () => {
      execFileSync('mkfifo', ['pipe']);
      await expect(readKeysFile('pipe')).rejects.toThrow('is no file');
      expect(() => readKeysFileSync('pipe')).toThrow('is no file');
    });

    it('is never made anew over one that is broken or too large', async () => {
      writeFileSync(path, 'broken');
      const empty = (): Edited<number> => ({ keys: [], change, result: 0 });
      await expect(editKeysFile(path, empty, by)).rejects.toThrow('is not JSON');
      truncateSync(path, 9 * 1024 * 1024);
      expect(() => readKeysFileSync(path)).toThrow('is larger than');
    });
  });
});

describe(operator.name, () => {
  it('is the user of the process, and of root who became it', () => {
    const isRoot = process.getuid?.() === 0;
    expect(operator('ann')).toMatchObject({ uid: process.getuid?.(), host: hostname() });
    expect(operator('ann').sudoUser).toBe(isRoot ? 'ann' : undefined);
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
