import { spawnSync } from 'node:child_process';

const DEBIAN_PYTHON = '/usr/bin/python3';
const START_WITHIN_MS = 120_000;

/**
 * The Python that ends well with each of these command lines, if there is one: the proof that it has every module they
 * import. The one on the PATH comes first: it is the user's choice and may have CUDA; Debian's packages are seen by
 * /usr/bin/python3 alone.
 */
export function runnablePython(...commandLines: readonly (readonly string[])[]): string | undefined {
  return ['python3', DEBIAN_PYTHON].find((python) =>
    commandLines.every((args) => {
      const { status } = spawnSync(python, args, { stdio: 'ignore', timeout: START_WITHIN_MS });
      return status === 0;
    }),
  );
}
