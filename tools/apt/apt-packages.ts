import { spawnSync } from 'node:child_process';

const ENVIRONMENT = ['env', 'DEBIAN_FRONTEND=noninteractive'];

/** Where apt writes: to the terminal, or into the failure that `install` answers with. */
export type AptOutput = 'inherit' | 'pipe';

/** Packages of Debian, or of a system that has apt too. */
export class AptPackages {
  constructor(private readonly names: readonly string[]) {}

  /** What a user would type to install them. */
  get command(): string {
    return `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${this.names.join(' ')}`;
  }

  /** Whether `install` can work here: apt, and root or sudo. */
  canInstall(): boolean {
    return isRunnable('apt-get') && (isRoot() || isRunnable('sudo'));
  }

  /**
   * Installs them; apt's lists are fetched anew only where those at hand do not do.
   */
  install(output: AptOutput): { readonly installed: boolean; readonly failure: string } {
    const install = ['install', '-y', '--no-install-recommends', ...this.names];
    const first = aptGet(install, output);
    if (first.installed) return first;
    const update = aptGet(['update'], output);
    return update.installed ? aptGet(install, output) : update;
  }

  /** Puts the packages' files into `folder` and installs nothing; answers why not, where it could not. */
  download(folder: string): string | undefined {
    const download = (): string | undefined => {
      const run = spawnSync('apt-get', ['download', ...this.names], { cwd: folder, encoding: 'utf8' });
      return run.status === 0 ? undefined : (run.error?.message ?? run.stderr);
    };
    if (download() === undefined) return undefined;
    aptGet(['update'], 'pipe'); // the lists at hand may be none, or name what the mirror has no more
    return download();
  }
}

function aptGet(step: readonly string[], output: AptOutput): { installed: boolean; failure: string } {
  const command = [...privilege(), ...ENVIRONMENT, 'apt-get', ...step];
  if (output === 'inherit') console.log(`   $ ${command.join(' ')}`);
  const { status, stderr } = spawnSync(command[0]!, command.slice(1), { stdio: output, encoding: 'utf8' });
  return { installed: status === 0, failure: output === 'inherit' ? '' : stderr };
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
