import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { AptPackages } from '../apt/apt-packages';

/** Computes the embeddings; see its docstring. */
export const SCRIPT = join(__dirname, 'embed_photos.py');

/** Debian's PyTorch and photographs. */
export const TORCH_PACKAGES = new AptPackages(['python3-torch', 'python3-torchvision', 'python3-skimage']);

const DEBIAN_PYTHON = '/usr/bin/python3';
const START_WITHIN_MS = 120_000;

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
