import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { formatKeysFile, KeysFileFault, readKeysFileSync, type KeyEntry } from './keys-file';

const LOCK_PATIENCE_MS = 10_000;
const SQLITE_BUSY = 5;

/** What `edit` makes of the entries, and what it has to tell. */
export interface Edited<Result> {
  readonly keys: readonly KeyEntry[];
  readonly result: Result;
}

/**
 * Changes the keys file at `path` as a whole or not at all, one process after another; makes it where it is missing.
 * Only its owner may read it.
 *
 * @throws KeysFileFault where it is broken, or another process holds it for more than 10 s
 */
export function editKeysFile<Result>(
  path: string,
  edit: (keys: readonly KeyEntry[]) => Edited<Result>,
): Result {
  mkdirSync(dirname(path), { recursive: true });
  const file = existsSync(path) ? realpathSync(path) : path;
  const lock = lockOf(file);
  try {
    const { keys, result } = edit(readKeysFileSync(file));
    replace(file, formatKeysFile(keys));
    return result;
  } finally {
    lock.close();
  }
}

/** SQLite's own lock on an empty file beside it: the kernel drops it when its holder dies, so none is ever stale. */
function lockOf(file: string): DatabaseSync {
  const lock = new DatabaseSync(`${file}.lock`, { timeout: LOCK_PATIENCE_MS });
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new KeysFileFault('is held by another process', { cause: error });
  }
}

/** A reader sees the old file or the new one, and after a loss of power there is one of the two. */
function replace(file: string, text: string): void {
  const draft = `${file}.${randomUUID()}`;
  const descriptor = openSync(draft, 'wx', 0o600);
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
    keepOwner(draft, file);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  const directory = openSync(dirname(file), 'r');
  fsyncSync(directory);
  closeSync(directory);
}

/** Root must not take the file away from the user the API runs as. */
function keepOwner(draft: string, file: string): void {
  const before = statSync(file, { throwIfNoEntry: false });
  if (before && process.getuid?.() === 0) chownSync(draft, before.uid, before.gid);
}
