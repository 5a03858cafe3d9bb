import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freeMegabytes } from './disk-space';
import type { Part } from './part';

/** Asks until the probe succeeds. Throws a StackError with the end of the log when the part ends or time runs out. */
export async function untilReady(part: Part, probe: () => Promise<void>, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      await probe();
      return;
    } catch (error) {
      if (part.pid() === undefined) throw part.failure('ended while starting', error);
      if (Date.now() > deadline) {
        throw part.failure(
          `is not ready after ${timeoutMs / 1000} s (${lastAnswer(error)}${lowSpace(part)})`,
          error,
        );
      }
    }
    await sleep(100);
  }
}

function lastAnswer(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function lowSpace(part: Part): string {
  const free = freeMegabytes(dirname(part.logFile));
  return free < 64 ? `; only ${free} MB are free on its disk` : '';
}
