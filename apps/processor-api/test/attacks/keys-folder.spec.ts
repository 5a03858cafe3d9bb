import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { editKeysFile } from '../../src/access/keys/edit-keys-file';
import { formatKeysFile } from '../../src/access/keys/keys-file';
import { operator } from '../../src/access/keys/keys-log';

const USER = { uid: process.getuid!(), gid: process.getgid!() };
/** Nobody; who is not root can only play both parts. */
const OWNER = USER.uid === 0 ? { uid: 65_534, gid: 65_534 } : USER;
/** So many drafts must be swapped while the command is at work. */
const SWAPS = 20;
const NO_KEYS = formatKeysFile([]);

jest.setTimeout(120_000);

describe('the keys command of root in a folder of somebody else', () => {
  let place: string;
  let theirs: string;
  let victim: string;

  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'keys-attack-'));
    chmodSync(place, 0o711);
    theirs = join(place, 'theirs');
    giveAway(mkdirSync(theirs, { recursive: true })!);
    victim = join(place, 'victim');
    writeFileSync(victim, 'precious', { mode: 0o640 });
  });
  afterEach(() => {
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
    await editKeysFile(path, (keys) => ({ keys, change, result: undefined }), operator(undefined));
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

  it('gives no file away that is put in the place of its draft', async () => {
    const script = join(__dirname, 'folder-owner-process.ts');
    const execArgv = ['-r', '@swc-node/register'];
    const owner = fork(script, [theirs, victim, JSON.stringify(OWNER)], { execArgv });
    const gone = once(owner, 'exit');
    await once(owner, 'message');
    for (let folder = 0, swaps = 0; swaps < SWAPS && isVictimUntouched(); folder += 1) {
      const path = keysFile(String(folder));
      await edit(path).catch(() => undefined);
      swaps += lstatSync(path).isSymbolicLink() ? 1 : 0;
    }
    owner.disconnect();
    await gone;
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

  it('leaves all that it makes to the owner of the folder', async () => {
    const path = keysFile();
    rmSync(path);
    await edit(path);
    for (const file of [path, `${path}.log`]) {
      expect(statSync(file)).toMatchObject({ ...OWNER, mode: 0o100_600 });
    }
  });
});
