/**
 * Makes sure that there is a Chromium for the test of the console and its pictures, installing Debian's where it
 * may: `npm run browser`. Ends with 1, and what to do, where it may not.
 */
import { AptPackages } from '../apt/apt-packages';
import { findChromium } from './chromium';

const packages = new AptPackages(['chromium']);

function main(): string | undefined {
  if (findChromium() !== undefined) return undefined;
  if (!packages.canInstall())
    return 'Chromium is missing, and apt-get with root or sudo, which would install it, too.';
  console.log('Installing Chromium with apt-get …');
  const startedAt = performance.now();
  const { installed, failure } = packages.install('pipe');
  if (!installed) return `apt-get could not install Chromium:\n${failure.trim()}`;
  console.log(`Chromium is there after ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
  return findChromium() === undefined ? 'Chromium is installed, but does not start.' : undefined;
}

const failure = main();
if (failure !== undefined) {
  console.error(
    `${failure}\nInstall it, or put any Chromium or Chrome on the PATH, and try again:\n  ${packages.command}`,
  );
  process.exitCode = 1;
}
