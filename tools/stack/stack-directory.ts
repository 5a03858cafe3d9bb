import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { withDirectoryLock } from './directory-lock';
import { makeDirectory } from './disk-space';
import type { Progress } from './progress';
import { StackError } from './stack-error';
import type { StackSettings } from './stack-settings';

const FOR_OTHERS = 0o077;
const STICKY = 0o1000;
const ANOTHER_FOLDER = 'choose another folder with STACK_DIR=…';
/** What versions wrote there that made it with the mode of the umask. */
const ENTRIES_OF_EARLIER_VERSIONS: ReadonlySet<string> = new Set([
  'api-keys.json',
  'api-keys.json.draft',
  'api-keys.json.log',
  'data',
  'demo-api-key',
  'known_hosts',
  'known_hosts.old',
  'logs',
  'ngrok-notebook-api-key',
  'replay',
  'run',
]);

/**
 * Makes STACK_DIR for this user alone, or checks that it is: it holds keys and the data of records. In a folder of
 * another user every file could be a link to somewhere else, and every PID file name a process of ours.
 *
 * @throws StackError where it belongs to another user, or is open to others and may be more than a folder of ours
 */
export function ownStackDirectory(stackDir: string): void {
  makeDirectory(stackDir, `Make it yourself, or ${ANOTHER_FOLDER}`, 0o700);
  const { uid, mode } = statSync(stackDir);
  if (uid !== process.getuid?.()) {
    throw new StackError(
      `The folder ${stackDir} belongs to another user (uid ${uid}).`,
      `Run this as that user, or ${ANOTHER_FOLDER}`,
    );
  }
  if ((mode & FOR_OTHERS) === 0) return;
  if ((mode & STICKY) !== 0 || !isOfEarlierVersion(stackDir)) {
    const shown = (mode & 0o7777).toString(8).padStart(4, '0');
    throw new StackError(
      `The folder ${stackDir} is open to other users (mode ${shown}).`,
      `If nobody else needs it: chmod 700 ${stackDir}. Otherwise ${ANOTHER_FOLDER}`,
    );
  }
  chmodSync(stackDir, 0o700);
}

function isOfEarlierVersion(stackDir: string): boolean {
  const entries = readdirSync(stackDir);
  return entries.length > 0 && entries.every((entry) => ENTRIES_OF_EARLIER_VERSIONS.has(entry));
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
