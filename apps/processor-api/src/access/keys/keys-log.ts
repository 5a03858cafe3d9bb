import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { openNewPrivateFile } from '@libs/platform';
import { KeysFileFault } from './keys-file';

const { O_APPEND, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;

/** What happened to the key of an id. */
export interface KeyChange {
  readonly action: 'created' | 'rotated' | 'revoked';
  readonly keyId: string;
}

/** Who changes keys. */
export interface Operator {
  readonly uid: number | undefined;
  /** Undefined where the machine has no name for the uid. */
  readonly user: string | undefined;
  /** Who became root with sudo. */
  readonly sudoUser: string | undefined;
  readonly host: string;
}

/** Whom root leaves a file to. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

interface LoggedChange extends KeyChange {
  readonly by: Operator;
  /** Of the log; undefined: whoever runs this. */
  readonly owner: FileOwner | undefined;
}

/** Who runs this process; `sudoUser` is believed of root alone, since anybody may set the variable. */
export function operator(sudoUser: string | undefined): Operator {
  const uid = process.getuid?.();
  return { uid, user: userName(), sudoUser: uid === 0 ? sudoUser : undefined, host: hostname() };
}

/**
 * Appends a line to `<keys file>.log` in the current folder: one JSON object with when, what and who, never the key or
 * its hash. It is on the disk when this returns.
 *
 * @throws KeysFileFault where its name is taken by a link, by something that is no file, or by a file of another user
 */
export function logKeyChange(keysFile: string, { action, keyId, by, owner }: LoggedChange): void {
  const descriptor = openLog(`${keysFile}.log`, owner);
  try {
    const at = new Date().toISOString();
    writeFileSync(descriptor, `${JSON.stringify({ at, action, keyId, ...by })}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function openLog(path: string, owner: FileOwner | undefined): number {
  try {
    const made = openNewPrivateFile(path);
    if (owner) fchownSync(made, owner.uid, owner.gid);
    return made;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return openUnlinked(path, owner);
  }
}

/**
 * Root must not be led to append to a file elsewhere, not even through a hard link. The count of links can have changed
 * since, the owner cannot: it is that of the keys file, or of the folder.
 */
function openUnlinked(path: string, owner: FileOwner | undefined): number {
  const fault = `needs ${path} beside it for its log, and that is a link, no file or another user's: move it away`;
  let found: number;
  try {
    found = openSync(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOOP') throw error;
    throw new KeysFileFault(fault, { cause: error });
  }
  const status = fstatSync(found);
  const owners = [owner?.uid ?? process.getuid?.(), statSync('.').uid];
  if (status.isFile() && status.nlink === 1 && owners.includes(status.uid)) return found;
  closeSync(found);
  throw new KeysFileFault(fault);
}

function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
