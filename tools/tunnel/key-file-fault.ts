import { accessSync, constants, statSync } from 'node:fs';

const forOthers = 0o077;

/** What is wrong with a private key's file, which ssh would refuse or pass over in silence; undefined where nothing is. */
export function keyFileFault(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return `must name the private key's file, and ${file} does not exist`;
  if (!found.isFile()) return `must name the private key's file, and ${file} is none`;
  try {
    accessSync(file, constants.R_OK);
  } catch {
    return `must name a file you may read, and you may not read ${file}`;
  }
  if ((found.mode & forOthers) !== 0 && found.uid === process.getuid?.()) {
    return `must be a file that others cannot read, or ssh refuses it: chmod 600 ${file}`;
  }
  return undefined;
}
