import { randomUUID } from 'node:crypto';
import { closeSync, constants, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/**
 * Opens a file to append to that nobody had at this name, for its user's eyes alone. Whoever else may write in its
 * folder cannot lead it elsewhere: no link is followed.
 *
 * @throws EEXIST where there is anything at `path`
 */
export function openNewPrivateFile(path: string): number {
  return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
}

/** Puts a file for its user's eyes alone at `path`, whole or not at all, in the place of a link or a file there. */
export function replacePrivateFile(path: string, text: string): void {
  const draft = `${path}.${randomUUID()}`;
  const descriptor = openNewPrivateFile(draft);
  try {
    writeFileSync(descriptor, text);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}
