import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from './progress';
import { StackError } from './stack-error';

const sqliteBusy = 5;
const longestWaitMs = 10 * 60_000;

/**
 * Runs `work` while no other process does so for the same directory; waits for the one that does.
 * The lock is SQLite's own on an empty file: the kernel drops it when its holder dies, so none is ever stale.
 */
export async function withDirectoryLock<T>(
  directory: string,
  progress: Progress,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(directory, { recursive: true });
  const holderFile = join(directory, 'lock-holder');
  const database = new DatabaseSync(join(directory, 'lock'), { timeout: 0 });
  try {
    await acquire(database, holderFile, progress);
    noteHolder(holderFile);
    return await work();
  } finally {
    database.close();
  }
}

async function acquire(database: DatabaseSync, holderFile: string, progress: Progress): Promise<void> {
  if (tryLock(database)) return;
  const holder = existsSync(holderFile) ? readFileSync(holderFile, 'utf8').trim() : 'unknown';
  await progress.step(`Waiting for another run (pid ${holder})`, async () => {
    const deadline = Date.now() + longestWaitMs;
    while (!tryLock(database)) {
      if (Date.now() > deadline) {
        throw new StackError(
          `Process ${holder} has been at work here for too long.`,
          `Look at it: ps -fp ${holder}`,
        );
      }
      await sleep(100);
    }
  });
}

function noteHolder(holderFile: string): void {
  try {
    writeFileSync(holderFile, `${process.pid}\n`);
  } catch {
    // Only told to whoever waits; a full disk must not keep `stop` from working.
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    // The journal in memory: a lock that needed a file for it could not be had on a full disk.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if ((error as { errcode?: number }).errcode === sqliteBusy) return false;
    throw error;
  }
}
