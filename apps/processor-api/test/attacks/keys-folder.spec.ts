import { execFile, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { editKeysFile, enterKeysFolder } from '../../src/access/keys/edit-keys-file';
import { formatKeysFile } from '../../src/access/keys/keys-file';
import { operator } from '../../src/access/keys/keys-log';

const USER = { uid: process.getuid!(), gid: process.getgid!() };
/** Nobody; who is not root can only play both parts. */
const OWNER = USER.uid === 0 ? { uid: 65_534, gid: 65_534 } : USER;
/** So many drafts, or folders, must be swapped while the command is at work. */
const SWAPS = 20;
const NO_KEYS = formatKeysFile([]);
const CREATE = ['create', '--id', 'one'] as const;
const ROOT = resolve(__dirname, '../../../..');
const PROGRAM = join(ROOT, 'dist/processor-api/apps/processor-api/src/keys.js');

jest.setTimeout(120_000);

interface Outcome {
  readonly isDone: boolean;
  readonly stderr: string;
}

/** Runs the built `npm run keys`. */
function keysCommand(file: string, ...args: readonly string[]): Promise<Outcome> {
  const options = {
    cwd: ROOT,
    env: { API_KEYS_FILE: file },
    timeout: 30_000,
    killSignal: 'SIGKILL' as const,
  };
  return new Promise((settle) => {
    execFile(process.execPath, [PROGRAM, ...args], options, (error, _stdout, stderr) => {
      settle({ isDone: error === null, stderr });
    });
  });
}

describe('the keys command of root in a folder of somebody else', () => {
  const start = process.cwd();
  let place: string;
  let theirs: string;
  let victim: string;

  beforeEach(() => {
    place = realpathSync(mkdtempSync(join(tmpdir(), 'keys-attack-')));
    chmodSync(place, 0o711);
    theirs = join(place, 'theirs');
    giveAway(mkdirSync(theirs, { recursive: true })!);
    victim = join(place, 'victim');
    writeFileSync(victim, 'precious', { mode: 0o640 });
  });
  afterEach(() => {
    process.chdir(start);
    rmSync(place, { recursive: true });
  });

  function giveAway(path: string): void {
    chownSync(path, OWNER.uid, OWNER.gid);
  }

  /** A keys file of theirs, in a new folder of theirs. */
  function keysFile(folder = '0'): string {
    const path = join(theirs, folder, 'api-keys.json');
    mkdirSync(join(theirs, folder));
    writeFileSync(path, NO_KEYS);
    giveAway(join(theirs, folder));
    giveAway(path);
    return path;
  }

  async function edit(path: string): Promise<void> {
    const change = { action: 'created', keyId: 'one' } as const;
    enterKeysFolder(dirname(path));
    await editKeysFile(basename(path), (keys) => ({ keys, change, result: undefined }), operator(undefined));
  }

  function isVictimUntouched(): boolean {
    const { uid, gid, mode } = statSync(victim);
    return (
      uid === USER.uid &&
      gid === USER.gid &&
      (mode & 0o777) === 0o640 &&
      readFileSync(victim, 'utf8') === 'precious'
    );
  }

  /** Has a process of the folder's owner attack in this way while `work` runs. */
  async function underAttack(attack: string, target: string, work: () => Promise<void>): Promise<void> {
    const script = join(__dirname, 'folder-owner-process.ts');
    const execArgv = ['-r', '@swc-node/register'];
    const owner = fork(script, [attack, theirs, target, JSON.stringify(OWNER)], { execArgv });
    const gone = once(owner, 'exit');
    await once(owner, 'message');
    try {
      await work();
    } finally {
      owner.disconnect();
      await gone;
    }
  }

  it('gives no file away that is put in the place of its draft', async () => {
    await underAttack('swap-files', victim, async () => {
      for (let folder = 0, swaps = 0; swaps < SWAPS && isVictimUntouched(); folder += 1) {
        const path = keysFile(String(folder));
        await edit(path).catch(() => undefined);
        swaps += lstatSync(path).isSymbolicLink() ? 1 : 0;
      }
    });
    expect(isVictimUntouched()).toBe(true);
  });

  it.each(['lock', 'log'])('makes no file where a link in the place of its %s leads', async (name) => {
    const path = keysFile();
    const made = join(place, 'made');
    symlinkSync(made, `${path}.${name}`);
    await edit(path).catch(() => undefined);
    expect(existsSync(made)).toBe(false);
  });

  it.each([
    ['symbolic', symlinkSync],
    ['hard', linkSync],
  ])('writes nothing where a %s link in the place of its log leads', async (_kind, link) => {
    const path = keysFile();
    link(victim, `${path}.log`);
    await expect(edit(path)).rejects.toThrow('log');
    expect(isVictimUntouched()).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe(NO_KEYS);
  });

  it('writes nothing to a log of root in their folder, which may have had a second name a moment ago', async () => {
    const path = keysFile();
    renameSync(victim, `${path}.log`);
    const isWritten = await edit(path).then(
      () => true,
      () => false,
    );
    // Who is not root writes to a file of their own here.
    expect(isWritten).toBe(OWNER.uid === USER.uid);
    renameSync(`${path}.log`, victim);
    expect(isVictimUntouched()).toBe(!isWritten);
  });

  it('changes no other keys file that is linked in the place of theirs', async () => {
    const path = keysFile();
    const other = join(place, 'other.json');
    writeFileSync(other, NO_KEYS);
    const { ino } = statSync(other);
    rmSync(path);
    symlinkSync(other, path);
    await expect(edit(path)).rejects.toThrow('symbolic link');
    expect(statSync(other).ino).toBe(ino);
  });

  it.each(['keys', 'keys/below'])('makes nothing where a link in the place of %s leads', async (folder) => {
    const closed = join(place, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    symlinkSync(closed, join(theirs, 'keys'));
    const { isDone, stderr } = await keysCommand(join(theirs, folder, 'api-keys.json'), ...CREATE);
    expect(isDone).toBe(false);
    expect(stderr).toContain(
      `through a symbolic link: the real name of ${join(theirs, 'keys')} is ${closed}`,
    );
    expect(readdirSync(closed)).toEqual([]);
  });

  it('makes nothing where a link leads that takes the place of its folder', async () => {
    const closed = join(place, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    await underAttack('swap-folder', closed, async () => {
      for (let folder = 0, swaps = 0; swaps < SWAPS && readdirSync(closed).length === 0; folder += 1) {
        const path = keysFile(String(folder));
        await edit(path).catch(() => undefined);
        swaps += existsSync(`${dirname(path)}-moved`) ? 1 : 0;
      }
    });
    expect(readdirSync(closed)).toEqual([]);
  });

  it.each([CREATE, ['list']])(
    'does not wait for a writer of a pipe in the place of its file: %s',
    async (...args) => {
      const path = keysFile();
      rmSync(path);
      execFileSync('mkfifo', [path]);
      const { stderr } = await keysCommand(path, ...args);
      expect(stderr).toContain('is no file');
    },
  );

  it('leaves all that it makes to the owner of the folder', async () => {
    const path = keysFile();
    rmSync(path);
    await edit(path);
    for (const file of [path, `${path}.log`]) {
      expect(statSync(file)).toMatchObject({ ...OWNER, mode: 0o100_600 });
    }
  });
});
