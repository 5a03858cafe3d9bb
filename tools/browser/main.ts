/**
 * Makes sure that there is a Chromium for the test of the console and its pictures, installing Debian's where it
 * may: `npm run browser`. Ends with 1, and what to do, where it may not.
 */
import { AptPackages } from '../apt/apt-packages';
import { installWhereMissing } from '../apt/program-from-apt';
import { findChromium } from './chromium';

const failure = installWhereMissing({
  name: 'Chromium',
  packages: new AptPackages(['chromium']),
  orElse: 'put any Chromium or Chrome on the PATH',
  isThere: () => findChromium() !== undefined,
});
if (failure !== undefined) {
  console.error(failure);
  process.exitCode = 1;
}
