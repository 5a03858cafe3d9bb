import { join } from 'node:path';
import { AptPackages } from '../apt/apt-packages';
import { runnablePython } from '../python/runnable-python';

/** Runs a notebook; see its docstring. */
export const EXECUTE = join(__dirname, 'execute.py');

/** What notebooks/colab_producer.ipynb finds in Colab, and what runs it here. */
export const NOTEBOOK_PACKAGES = new AptPackages([
  'python3-torch',
  'python3-torchvision',
  'python3-skimage',
  'python3-matplotlib',
  'python3-tqdm',
  'python3-nbclient',
  'python3-ipykernel',
]);

/** The Python that can run the notebook, if there is one. */
export function findNotebookPython(): string | undefined {
  const imports = 'import torch, torchvision, skimage, PIL.Image, matplotlib.pyplot, ipykernel';
  return runnablePython([EXECUTE, '--help'], ['-c', imports]);
}
