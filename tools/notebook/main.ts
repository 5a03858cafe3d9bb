/**
 * Makes sure that there is a Python that can run the notebook, installing Debian's torch where it may: `npm run
 * notebook`. Ends with 1, and what to do, where it may not.
 */
import { findNotebookPython, NOTEBOOK_PACKAGES } from './notebook-python';

function main(): string | undefined {
  if (findNotebookPython() !== undefined) return undefined;
  if (!NOTEBOOK_PACKAGES.canInstall())
    return 'No Python here has what the notebook needs, and apt-get with root or sudo, which would install it, is missing too.';
  console.log("Installing Debian's torch with apt-get (about a minute) …");
  const startedAt = performance.now();
  const { installed, failure } = NOTEBOOK_PACKAGES.install('pipe');
  if (!installed) return `apt-get could not install it:\n${failure.trim()}`;
  console.log(`It is there after ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
  return findNotebookPython() === undefined
    ? 'It is installed, but /usr/bin/python3 cannot import it.'
    : undefined;
}

const failure = main();
if (failure !== undefined) {
  console.error(
    `${failure}\nInstall it, or put a Python with torch, torchvision, scikit-image, matplotlib, nbclient and ipykernel on the PATH, and try again:\n  ${NOTEBOOK_PACKAGES.command}`,
  );
  process.exitCode = 1;
}
