import { mkdirSync, statfsSync } from 'node:fs';
import { StackError } from './stack-error';

export function freeMegabytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return Math.floor((bavail * bsize) / 1024 ** 2);
}

/** Makes the directory unless it is there. Throws StackError. */
export function makeDirectory(directory: string, nextStep: string, mode = 0o777): void {
  try {
    mkdirSync(directory, { recursive: true, mode });
  } catch (error) {
    throw new StackError(
      `The folder ${directory} cannot be made (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}).`,
      nextStep,
      { cause: error },
    );
  }
}

/** Makes the directory and throws a StackError when that fails or its disk has less than so much left. */
export function requireSpace(directory: string, megabytes: number, nextStep: string): void {
  makeDirectory(directory, nextStep);
  const free = freeMegabytes(directory);
  if (free >= megabytes) return;
  throw new StackError(
    `Only ${free} MB are free in ${directory}; at least ${megabytes} MB are needed.`,
    nextStep,
  );
}
