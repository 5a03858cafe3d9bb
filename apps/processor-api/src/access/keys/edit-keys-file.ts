import {
  closeSync,
  constants,
  fchownSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openNewPrivateFile } from '@libs/platform';
import { formatKeysFile, KeysFileFault, readKeysFileSync, type KeyEntry } from './keys-file';
import { logKeyChange, type FileOwner, type KeyChange, type Operator } from './keys-log';

const LOCK_PATIENCE_MS = 10_000;
const LOCK_POLL_MS = 20;

/** What `edit` makes of the entries, what is to be logged of that, and what it has to tell. */
export interface Edited<Result> {
  readonly keys: readonly KeyEntry[];
  /** Undefined where all stays as it was. */
  readonly change: KeyChange | undefined;
  readonly result: Result;
}

/**
 * Changes the keys file at `path` as a whole or not at all, one process after another; makes it where it is missing.
 * Only its owner may read it. The change is in the log beside it before it takes effect.
 *
 * Root may do this in a folder of somebody else, who can put a link in the place of any name there at any moment. So
 * each file is opened once, never through a link, and is given to its owner by its descriptor.
 *
 * @throws KeysFileFault where it is broken or a link, or another process holds it for more than 10 s
 */
export async function editKeysFile<Result>(
  path: string,
  edit: (keys: readonly KeyEntry[]) => Edited<Result>,
  by: Operator,
): Promise<Result> {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.draft`;
  const descriptor = await openDraft(draft);
  let isInPlace = false;
  try {
    const { keys, change, result } = edit(readUnlinked(path));
    if (change === undefined) return result;
    const owner = ownerFor(path);
    logKeyChange(path, { ...change, by, owner });
    writeFileSync(descriptor, formatKeysFile(keys));
    if (owner) fchownSync(descriptor, owner.uid, owner.gid);
    fsyncSync(descriptor);
    renameSync(draft, path);
    isInPlace = true;
    return result;
  } finally {
    closeSync(descriptor);
    if (isInPlace) syncFolder(dirname(path));
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
  throw new KeysFileFault(`is held by another process; where none is at work, remove ${draft}`);
}

function readUnlinked(path: string): readonly KeyEntry[] {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new KeysFileFault('is a symbolic link: name the file that it leads to');
  }
  return readKeysFileSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
}

/** Root must not take the file away from the user the API runs as, nor keep a new one from them. */
function ownerFor(path: string): FileOwner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return lstatSync(path, { throwIfNoEntry: false }) ?? statSync(dirname(path));
}

/** After a loss of power there is the old file or the new one. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, constants.O_RDONLY);
  fsyncSync(descriptor);
  closeSync(descriptor);
}
