import { join } from 'node:path';
import { AptPackages } from '../apt/apt-packages';
import { runnablePython } from '../python/runnable-python';

/** Computes the embeddings; see its docstring. */
export const SCRIPT = join(__dirname, 'embed_photos.py');

/** Debian's PyTorch and photographs. */
export const TORCH_PACKAGES = new AptPackages(['python3-torch', 'python3-torchvision', 'python3-skimage']);

/** The Python that can compute embeddings, if there is one. */
export function findTorchPython(): string | undefined {
  // Its help needs every module the script imports; a single import may find an uninstalled package's rest.
  return runnablePython([SCRIPT, '--help']);
}
