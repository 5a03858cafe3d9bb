import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { withDirectoryLock } from './directory-lock';
import type { Progress } from './progress';
import { StackError } from './stack-error';
import type { StackSettings } from './stack-settings';

const forOthers = 0o077;

/**
 * Makes STACK_DIR, or takes what is there, for this user alone: it holds keys and the data of records. In a folder of
 * another user every file could be a link to somewhere else, and every PID file name a process of ours.
 *
 * @throws StackError where it belongs to another user
 */
export function ownStackDirectory(stackDir: string): void {
  mkdirSync(stackDir, { recursive: true, mode: 0o700 });
  const { uid, mode } = statSync(stackDir);
  if (uid !== process.getuid?.()) {
    throw new StackError(
      `The folder ${stackDir} belongs to another user (uid ${uid}).`,
      'Run this as that user, or choose another folder with STACK_DIR=…',
    );
  }
  if ((mode & forOthers) !== 0) chmodSync(stackDir, 0o700);
}

/** Runs `work` on the parts of this STACK_DIR while no other process does. Throws StackError. */
export function withStackLock<T>(
  { stackDir }: StackSettings,
  progress: Progress,
  work: () => Promise<T>,
): Promise<T> {
  ownStackDirectory(stackDir);
  return withDirectoryLock(join(stackDir, 'run'), progress, work);
}
