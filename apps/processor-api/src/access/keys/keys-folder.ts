import { mkdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { KeysFileFault } from './keys-file';

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
