import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { FixedClock } from '@libs/domain/testing';
import { digestOf, newApiKey } from '../api-key';
import { formatKeysFile, type KeyEntry } from './keys-file';
import { KeysWatch } from './keys-watch';

const DEADLINE_MS = 10_000;
const DAY_MS = 86_400_000;
const NOW = new Date('2026-11-21T12:00:00Z');

jest.setTimeout(30_000);

describe(KeysWatch.name, () => {
  const [first, second] = [newApiKey(), newApiKey()];
  let directory: string;
  let path: string;
  let clock: FixedClock;
  let lines: Record<string, unknown>[];
  let watch: KeysWatch;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'keys-watch-'));
    path = join(directory, 'api-keys.json');
    clock = new FixedClock(NOW);
    lines = [];
    const write = (line: string): number => lines.push(JSON.parse(line) as Record<string, unknown>);
    watch = new KeysWatch(path, clock, pino({ base: null, timestamp: false }, { write }));
  });
  afterEach(() => {
    watch.stop();
    rmSync(directory, { recursive: true });
  });

  function entryOf(key: string, terms: Partial<KeyEntry> = {}): KeyEntry {
    return { id: 'one', sha256: digestOf(key), scopes: ['read'], createdAt: NOW.toISOString(), ...terms };
  }

  function textOf(key: string): string {
    return formatKeysFile([entryOf(key)]);
  }

  /** What was logged with this message, without message and level. */
  function logged(message: string): Record<string, unknown>[] {
    return lines.filter(({ msg }) => msg === message).map(({ msg, level, ...fields }) => fields);
  }

  function knows(key: string): boolean {
    return watch.find(key)?.id === 'one';
  }

  async function until(isSo: () => boolean): Promise<void> {
    for (const deadline = Date.now() + DEADLINE_MS; !isSo() && Date.now() < deadline;) {
      await new Promise((next) => setTimeout(next, 20));
    }
    expect(isSo()).toBe(true);
  }

  it('knows no key while there is no file, and each as soon as there is one', async () => {
    const ids: (readonly string[])[] = [];
    await watch.start((now) => ids.push(now));
    expect(watch.size).toBe(0);
    writeFileSync(path, textOf(first));
    await until(() => knows(first));
    rmSync(path);
    await until(() => !knows(first));
    expect(ids).toEqual([[], ['one'], []]);
  });

  it('keeps the last good keys while the file is broken', async () => {
    writeFileSync(path, textOf(first));
    await watch.start(() => undefined);
    expect(watch.unhealthyReason).toBeUndefined();
    writeFileSync(path, textOf(second).slice(0, -10));
    await until(() => watch.unhealthyReason === 'is not JSON');
    expect(knows(first)).toBe(true);
    writeFileSync(path, textOf(second));
    await until(() => knows(second));
    expect(knows(first)).toBe(false);
    expect(watch.unhealthyReason).toBeUndefined();
  });

  it('sees a mounted Secret whose link is swapped', async () => {
    for (const [version, key] of [
      ['..1', first],
      ['..2', second],
    ] as const) {
      mkdirSync(join(directory, version));
      writeFileSync(join(directory, version, 'api-keys.json'), textOf(key));
    }
    symlinkSync('..1', join(directory, '..data'));
    symlinkSync(join('..data', 'api-keys.json'), path);
    await watch.start(() => undefined);
    expect(knows(first)).toBe(true);
    symlinkSync('..2', join(directory, '..data_tmp'));
    renameSync(join(directory, '..data_tmp'), join(directory, '..data'));
    await until(() => knows(second));
    expect(knows(first)).toBe(false);
  });

  it('logs by id what a new version of the file changes, and nothing that a key could be told by', async () => {
    const id = (name: string, terms: Partial<KeyEntry> = {}): KeyEntry =>
      entryOf(name, { id: name, ...terms });
    const [gone, old, bad, same] = ['gone', 'old', 'bad', 'same'].map((name) => id(name));
    writeFileSync(path, formatKeysFile([gone!, old!, bad!, id('slow'), same!]));
    await watch.start(() => undefined);
    const revokedAt = NOW.toISOString();
    const rotated = { ...old!, sha256: digestOf(first) };
    const after = [
      rotated,
      { ...bad!, revokedAt },
      id('slow', { quotaPerMinute: 1 }),
      same!,
      id('new1'),
      id('new2'),
    ];
    writeFileSync(path, formatKeysFile(after));
    await until(() => logged('API keys read again').length === 1);
    expect(logged('API keys read')).toEqual([{ keys: 5 }]);
    expect(logged('API keys read again')).toEqual([
      {
        keys: 5,
        removed: ['gone'],
        rotated: ['old'],
        revoked: ['bad'],
        changed: ['slow'],
        created: ['new1', 'new2'],
      },
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/gmk_|[0-9a-f]{64}/);
  });

  it('tells of keys that expire within 14 days at each reading, and once a day', async () => {
    const expiring = (days: number, terms: Partial<KeyEntry> = {}): KeyEntry => {
      const expiresAt = new Date(NOW.getTime() + days * DAY_MS).toISOString();
      return entryOf(`${days}`, { id: `in-${days}`, expiresAt, ...terms });
    };
    const keys = [expiring(-1), expiring(0), expiring(3), expiring(14), expiring(15), entryOf('never')];
    writeFileSync(path, formatKeysFile([...keys, expiring(5, { revokedAt: NOW.toISOString() })]));
    await watch.start(() => undefined);
    const told = (): unknown[] => logged('API keys are about to expire: rotate them');
    expect(told()).toEqual([
      {
        expiring: [
          { keyId: 'in-3', expiresAt: '2026-11-24T12:00:00.000Z' },
          { keyId: 'in-14', expiresAt: '2026-12-05T12:00:00.000Z' },
        ],
      },
    ]);
    clock.time = new Date(NOW.getTime() + DAY_MS);
    await until(() => told().length === 2);
    expect(told()[1]).toMatchObject({
      expiring: [{ keyId: 'in-3' }, { keyId: 'in-14' }, { keyId: 'in-15' }],
    });
  });

  it('warns of a file or folder that others may write to, with what corrects it', async () => {
    writeFileSync(path, textOf(first));
    chmodSync(path, 0o666);
    chmodSync(directory, 0o770);
    await watch.start(() => undefined);
    expect(logged('others may change the API keys')).toEqual([
      { exposure: `others may write ${path} (mode 0666): chmod go-w ${path}` },
      { exposure: `others may write ${directory} (mode 0770): chmod go-w ${directory}` },
    ]);
  });
});
