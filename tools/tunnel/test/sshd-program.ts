import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AptPackages } from '../../apt/apt-packages';

const systemProgram = '/usr/sbin/sshd';
const cache = resolve(__dirname, '../../../.cache/sshd');

/** An sshd and the libraries it brings along; nothing of it is installed. */
export interface SshdProgram {
  readonly program: string;
  readonly libraries: readonly string[];
}

/** The system's sshd, else Debian's, fetched into `.cache/` once; @throws Error that says why there is none */
export function sshdProgram(): SshdProgram {
  if (spawnSync('ssh', ['-V']).status !== 0) new AptPackages(['openssh-client']).install('pipe');
  if (existsSync(systemProgram)) return { program: systemProgram, libraries: [] };
  if (!existsSync(cache)) fetchInto(cache);
  const libraries = readdirSync(join(cache, 'usr', 'lib'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.includes('-linux-'))
    .map(({ name }) => join(cache, 'usr', 'lib', name));
  return { program: join(cache, 'usr', 'sbin', 'sshd'), libraries };
}

/** Unpacked, not installed: a machine that runs tests gets no daemon that starts by itself. */
function fetchInto(folder: string): void {
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    const failure = new AptPackages(['openssh-server', 'libwrap0']).download(unfinished);
    if (failure !== undefined) {
      throw new Error(
        `There is no sshd, and apt-get could not fetch one: sudo apt-get install openssh-server\n${failure}`,
      );
    }
    for (const name of readdirSync(unfinished).filter((file) => file.endsWith('.deb'))) {
      const { status, stderr } = spawnSync('dpkg-deb', ['-x', name, '.'], {
        cwd: unfinished,
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(`dpkg-deb could not unpack ${name}: ${stderr}`);
      rmSync(join(unfinished, name));
    }
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
