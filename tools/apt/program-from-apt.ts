import type { AptPackages } from './apt-packages';

/** Something that tests need and apt can bring. */
export interface ProgramFromApt {
  /** Its name in a sentence, such as Chromium. */
  readonly name: string;
  readonly packages: AptPackages;
  /** What a user may bring instead. */
  readonly orElse: string;
  readonly isThere: () => boolean;
}

/** Installs it where it is missing and may be installed; answers what is wrong and what to do, where it is not there. */
export function installWhereMissing(program: ProgramFromApt): string | undefined {
  const failure = install(program);
  if (failure === undefined) return undefined;
  const { packages, orElse } = program;
  return `${failure}\nInstall it, or ${orElse}, and try again:\n  ${packages.command}`;
}

function install({ name, packages, isThere }: ProgramFromApt): string | undefined {
  if (isThere()) return undefined;
  if (!packages.canInstall())
    return `${name} is missing, and apt-get with root or sudo, which would install it, too.`;
  console.log(`Installing ${name} with apt-get …`);
  const startedAt = performance.now();
  const { installed, failure } = packages.install('pipe');
  if (!installed) return `apt-get could not install ${name}:\n${failure.trim()}`;
  console.log(`${name} is there after ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
  return isThere() ? undefined : `${name} is installed, but does not start.`;
}
