import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Computes the embeddings; see its docstring. */
export const SCRIPT = join(__dirname, 'embed_photos.py');

const PACKAGES = ['python3-torch', 'python3-torchvision', 'python3-skimage'];
const DEBIAN_PYTHON = '/usr/bin/python3';
const START_WITHIN_MS = 120_000;

/** What a user would type for `install`. */
export const INSTALL_COMMAND = `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${PACKAGES.join(' ')}`;

/**
 * The Python that can compute embeddings, if there is one. The one on the PATH comes first: it is the
 * user's choice and may have CUDA; Debian's packages are seen by /usr/bin/python3 alone.
 */
export function findTorchPython(): string | undefined {
  return ['python3', DEBIAN_PYTHON].find((python) => {
    // Its help needs every module the script imports; a single import may find an uninstalled package's rest.
    const asked = spawnSync(python, [SCRIPT, '--help'], { stdio: 'ignore', timeout: START_WITHIN_MS });
    return asked.status === 0;
  });
}

/** Whether `install` can work here: apt, and root or sudo. */
export function canInstall(): boolean {
  return isRunnable('apt-get') && (isRoot() || isRunnable('sudo'));
}

/** Installs Debian's packages with apt's own progress on the terminal; false when apt fails. */
export function install(): boolean {
  const steps = [['update'], ['install', '-y', '--no-install-recommends', ...PACKAGES]];
  return steps.every((step) => {
    const command = [...privilege(), 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...step];
    console.log(`   $ ${command.join(' ')}`);
    return spawnSync(command[0]!, command.slice(1), { stdio: 'inherit' }).status === 0;
  });
}

function privilege(): string[] {
  if (isRoot()) return [];
  // Without a terminal nobody can type a password: fail at once instead of asking.
  return process.stdin.isTTY ? ['sudo'] : ['sudo', '-n'];
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function isRunnable(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}
