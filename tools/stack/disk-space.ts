import { mkdirSync, statfsSync } from 'node:fs';
import { StackError } from './stack-error';

export function freeMegabytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return Math.floor((bavail * bsize) / 1024 ** 2);
}

/** Makes the directory and throws a StackError when that fails or its disk has less than so much left. */
export function requireSpace(directory: string, megabytes: number, nextStep: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw new StackError(
      `The folder ${directory} cannot be made (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}).`,
      nextStep,
      { cause: error },
    );
  }
  const free = freeMegabytes(directory);
  if (free >= megabytes) return;
  throw new StackError(
    `Only ${free} MB are free in ${directory}; at least ${megabytes} MB are needed.`,
    nextStep,
  );
}
