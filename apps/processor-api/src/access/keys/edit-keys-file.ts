import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openNewPrivateFile } from '@libs/platform';
import {
  formatKeysFile,
  KeysFileFault,
  readKeysFileSync,
  type KeyEntry,
  type OpenedKeysFile,
} from './keys-file';
import { logKeyChange, type FileOwner, type KeyChange, type Operator } from './keys-log';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
const LOCK_PATIENCE_MS = 10_000;
const LOCK_POLL_MS = 20;
const MAX_HOLDER_BYTES = 128;

/**
 * Makes `folder`, an absolute path, the current one of this process; makes it where it is missing, for this user alone.
 * Files that are named without a folder stay in it, whatever takes the place of a part of its path meanwhile.
 *
 * @throws KeysFileFault where a part of the path is a symbolic link
 */
export function enterKeysFolder(folder: string): void {
  try {
    process.chdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || folder === dirname(folder)) throw error;
    enterKeysFolder(dirname(folder));
    // By its name alone: no link leads to where it is made. Recursive, so that another command may make it first.
    mkdirSync(basename(folder), { recursive: true, mode: 0o700 });
    process.chdir(basename(folder));
  }
  // The kernel knows which folder that is, so nobody can change it between the look and the use.
  const entered = process.cwd();
  if (entered !== folder) {
    throw new KeysFileFault(`is reached through a symbolic link: the real name of ${folder} is ${entered}`);
  }
}

/** What `edit` makes of the entries, what is to be logged of that, and what it has to tell. */
export interface Edited<Result> {
  readonly keys: readonly KeyEntry[];
  /** Undefined where all stays as it was. */
  readonly change: KeyChange | undefined;
  readonly result: Result;
}

export type KeysEdit<Result> = (keys: readonly KeyEntry[]) => Edited<Result>;

/**
 * Changes the keys file `name` of the current folder as a whole or not at all, one process after another; makes it
 * where it is missing. Only its owner may read it. The change is in the log beside it before it takes effect.
 *
 * Root may do this in a folder of somebody else, who can put a link in the place of any name there at any moment. So
 * the folder is entered first (`enterKeysFolder`), and each file is opened once, never through a link, and is given to
 * its owner by its descriptor.
 *
 * @throws KeysFileFault where it is broken or a link, or another process holds it for more than 10 s
 */
export async function editKeysFile<Result>(
  name: string,
  edit: KeysEdit<Result>,
  by: Operator,
): Promise<Result> {
  const draft = `${name}.draft`;
  const descriptor = await openDraft(draft);
  let isInPlace = false;
  try {
    writeFileSync(descriptor, `process ${process.pid} on ${hostname()}\n`);
    const { keys: before, status } = readUnlinked(name);
    const { keys, change, result } = edit(before);
    if (change === undefined) return result;
    const owner = ownerFor(status);
    logKeyChange(name, { ...change, by, owner });
    ftruncateSync(descriptor);
    writeFileSync(descriptor, formatKeysFile(keys));
    if (owner) fchownSync(descriptor, owner.uid, owner.gid);
    fsyncSync(descriptor);
    renameSync(draft, name);
    isInPlace = true;
    return result;
  } finally {
    closeSync(descriptor);
    if (isInPlace) syncFolder();
    else rmSync(draft, { force: true });
  }
}

/** No two processes can make it at the same time, so it is the lock as well. Nothing is awaited while one holds it. */
async function openDraft(draft: string): Promise<number> {
  for (const deadline = performance.now() + LOCK_PATIENCE_MS; performance.now() < deadline;) {
    try {
      return openNewPrivateFile(draft);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    await sleep(LOCK_POLL_MS);
  }
  throw new KeysFileFault(
    `is held by ${holderOf(draft)}; if no keys command runs there, remove ${draft} beside it`,
  );
}

function readUnlinked(name: string): OpenedKeysFile {
  if (lstatSync(name, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new KeysFileFault('is a symbolic link: name the file that it leads to');
  }
  return readKeysFileSync(name, O_NOFOLLOW);
}

/** Who holds a draft, and for how long. It is shown in our own form alone: anybody may have written it. */
function holderOf(draft: string): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(draft, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const text = Buffer.alloc(MAX_HOLDER_BYTES);
    readSync(descriptor, text);
    const [, holder = 'another process'] = /^(process \d+ on [\w.-]+)\n/.exec(text.toString('latin1')) ?? [];
    const ageMs = Date.now() - fstatSync(descriptor).mtimeMs;
    return `${holder}, for ${Math.round(ageMs / 1000)} s`;
  } catch {
    return 'another process';
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Root must not take the file away from the user the API runs as, nor keep a new one from them. */
function ownerFor(status: Stats | undefined): FileOwner | undefined {
  return process.getuid?.() === 0 ? (status ?? statSync('.')) : undefined;
}

/** After a loss of power there is the old file or the new one. */
function syncFolder(): void {
  const descriptor = openSync('.', O_RDONLY);
  fsyncSync(descriptor);
  closeSync(descriptor);
}
