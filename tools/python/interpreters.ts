import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { StackError } from '../stack/stack-error';

/** A Python of this machine, or one that is yet to be fetched. */
export interface Interpreter {
  readonly path: string | undefined;
  /** Such as 3.9. */
  readonly version: string;
}

/** What notebooks/gpu_metadata_client.py promises to run on. */
const OLDEST = '3.9';
const NEWEST_KNOWN_MINOR = 20;
const ASK = 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])';

/** The oldest Python that the client supports, which may be missing, and the newest of this machine. Throws StackError. */
export function findInterpreters(
  env: NodeJS.ProcessEnv,
): readonly [oldest: Interpreter, newest: Interpreter] {
  const found = candidates(env).flatMap((path) => {
    // A name may be a version switcher's shim that refuses to run.
    const { status, stdout } = spawnSync(path, ['-c', ASK], { encoding: 'utf8' });
    return status === 0 ? [{ path, version: stdout.trim() }] : [];
  });
  const oldest = found.find(({ version }) => version === OLDEST);
  const [newest] = found.toSorted((a, b) => minor(b) - minor(a));
  if (newest !== undefined) return [oldest ?? { path: undefined, version: OLDEST }, newest];
  throw new StackError(
    'Python is missing: no python3.9 or newer on the PATH has the modules venv and ensurepip.',
    'Install it: sudo apt install python3 python3-venv',
  );
}

function candidates(env: NodeJS.ProcessEnv): string[] {
  const names = Array.from({ length: NEWEST_KNOWN_MINOR - minor({ version: OLDEST }) + 1 }, (_, index) => {
    return `python3.${minor({ version: OLDEST }) + index}`;
  });
  const onPath = (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .flatMap((folder) =>
      filesOf(folder)
        .filter((file) => names.includes(file))
        .map((file) => join(folder, file)),
    );
  const pyenv = join(env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  return [...onPath, ...filesOf(pyenv).map((version) => join(pyenv, version, 'bin', 'python3'))];
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function minor({ version }: Pick<Interpreter, 'version'>): number {
  return Number(version.split('.')[1]);
}
