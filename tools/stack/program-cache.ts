import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { withDirectoryLock } from './directory-lock';
import { requireSpace } from './disk-space';
import { lastLines } from './log-file';
import type { Progress } from './progress';
import { StackError } from './stack-error';

export interface CachedProgram {
  readonly label: string;
  /** Where the complete program lies; its name changes with the program's content. */
  readonly directory: string;
  /** A file in it that must be reachable: a virtual environment breaks when its Python is removed. */
  readonly proof: string;
  readonly neededMegabytes: number;
  fetch(target: string, run: RunCommand): Promise<void>;
}

export type RunCommand = (command: string, args: readonly string[]) => Promise<void>;

/** A part of a directory's name that changes with what the program is made of. */
export function contentKey(...files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}

/** The program's directory, filled by `fetch` when it is not there: wholly or not at all. Throws StackError. */
export async function cachedProgram(program: CachedProgram, progress: Progress): Promise<string> {
  const { directory } = program;
  const isThere = (): boolean => existsSync(join(directory, program.proof));
  if (isThere()) return directory;
  requireSpace(dirname(directory), program.neededMegabytes, 'Free some space there.');
  return withDirectoryLock(`${directory}.lock`, progress, async () => {
    if (isThere()) return directory; // another run fetched it while this one waited
    await progress.step(program.label, async (tell) => {
      const target = `${directory}.part`;
      rmSync(target, { recursive: true, force: true });
      await program.fetch(target, (command, args) => runLogged([command, ...args], `${directory}.log`, tell));
      rmSync(directory, { recursive: true, force: true });
      renameSync(target, directory);
    });
    return directory;
  });
}

async function runLogged(
  [command = '', ...args]: readonly string[],
  logFile: string,
  tell: (detail: string) => void,
): Promise<void> {
  const log = createWriteStream(logFile);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let files = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    files +=
      chunk.toString().match(/Downloaded from|Downloading \S+\.(?:whl|gz)|Processing \S+\.whl/g)?.length ?? 0;
    if (files > 0) tell(`${files} files`);
  });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const [code] = (await once(child, 'close')) as [number | null];
  await new Promise<void>((resolve) => log.end(resolve));
  if (code === 0) return;
  throw new StackError(
    `${basename(command)} failed. The end of ${logFile}:\n${lastLines(logFile, 15)
      .map((line) => `    ${line}`)
      .join('\n')}`,
    'Check the network (and a proxy, if you need one) and run the command again.',
  );
}
