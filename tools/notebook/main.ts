/**
 * Makes sure that there is a Python that can run the notebook, installing Debian's torch where it may (a minute):
 * `npm run notebook`. Ends with 1, and what to do, where it may not.
 */
import { AptPackages } from '../apt/apt-packages';
import { installWhereMissing } from '../apt/program-from-apt';
import { findNotebookPython } from './notebook-python';

const failure = installWhereMissing({
  name: 'Torch for the notebook',
  // What Colab has, and what runs a notebook here.
  packages: new AptPackages([
    'python3-torch',
    'python3-torchvision',
    'python3-skimage',
    'python3-matplotlib',
    'python3-tqdm',
    'python3-nbclient',
    'python3-ipykernel',
  ]),
  orElse:
    'put a Python with torch, torchvision, scikit-image, matplotlib, nbclient and ipykernel on the PATH',
  isThere: () => findNotebookPython() !== undefined,
});
if (failure !== undefined) {
  console.error(failure);
  process.exitCode = 1;
}
