import { join } from 'node:path';
import { runnablePython } from '../python/runnable-python';

/** Runs a notebook; see its docstring. */
export const EXECUTE = join(__dirname, 'execute.py');

/** The Python that can run notebooks/colab_producer.ipynb, if there is one. */
export function findNotebookPython(): string | undefined {
  const imports = 'import torch, torchvision, skimage, PIL.Image, matplotlib.pyplot, ipykernel';
  return runnablePython([EXECUTE, '--help'], ['-c', imports]);
}
