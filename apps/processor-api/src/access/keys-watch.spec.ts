import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@libs/platform';
import { digestOf, newApiKey } from './api-key';
import { formatKeysFile } from './keys-file';
import { KeysWatch } from './keys-watch';

const DEADLINE_MS = 10_000;
const NOW = new Date();

jest.setTimeout(30_000);

describe(KeysWatch.name, () => {
  const logger = createLogger('test', 'silent');
  const [first, second] = [newApiKey(), newApiKey()];
  let directory: string;
  let path: string;
  let watch: KeysWatch;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'keys-watch-'));
    path = join(directory, 'api-keys.json');
    watch = new KeysWatch(path, logger);
  });
  afterEach(() => {
    watch.stop();
    rmSync(directory, { recursive: true });
  });

  function textOf(key: string): string {
    const entry = {
      id: 'one',
      sha256: digestOf(key),
      scopes: ['read' as const],
      createdAt: NOW.toISOString(),
    };
    return formatKeysFile([entry]);
  }

  function knows(key: string): boolean {
    return watch.keys.find(key, NOW)?.id === 'one';
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
    expect(watch.keys.size).toBe(0);
    writeFileSync(path, textOf(first));
    await until(() => knows(first));
    rmSync(path);
    await until(() => !knows(first));
    expect(ids).toEqual([[], ['one'], []]);
  });

  it('keeps the last good keys while the file is broken', async () => {
    writeFileSync(path, textOf(first));
    await watch.start(() => undefined);
    expect(watch.problem).toBeUndefined();
    writeFileSync(path, textOf(second).slice(0, -10));
    await until(() => watch.problem === 'is not JSON');
    expect(knows(first)).toBe(true);
    writeFileSync(path, textOf(second));
    await until(() => knows(second));
    expect(knows(first)).toBe(false);
    expect(watch.problem).toBeUndefined();
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
});
