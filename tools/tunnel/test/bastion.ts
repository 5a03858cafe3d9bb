import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, join } from 'node:path';
import { freePort } from '../../stack/port-holder';
import { ChildProgram } from '@libs/testing/child-program';
import { sshdProgram } from './sshd-program';

const nobody = 65_534;

/** Who sshd runs as, and so whom alone it lets in: never root, for whom it would need a user and a folder of its own. */
interface Account {
  readonly name: string;
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
  /** Whether the account is checked by PAM; without it sshd must be able to read the passwords' file. */
  readonly usesPam: boolean;
}

/** A real sshd on loopback, with keys of its own, that lets one user forward ports and do nothing else. */
export class Bastion {
  readonly user: string;
  /** The private key that it lets in. */
  readonly keyFile: string;
  private server: ChildProgram | undefined;

  private constructor(
    private readonly folder: string,
    private readonly account: Account,
    readonly port: number,
  ) {
    this.user = account.name;
    this.keyFile = join(folder, 'user-key');
  }

  static async start(): Promise<Bastion> {
    const folder = mkdtempSync(join(tmpdir(), 'bastion-'));
    chmodSync(folder, 0o755);
    const bastion = new Bastion(folder, ownAccount(), await freePort());
    bastion.prepare();
    await bastion.open();
    return bastion;
  }

  /** What leads a tunnel here. */
  get env(): NodeJS.ProcessEnv {
    return {
      BASTION_HOST: '127.0.0.1',
      BASTION_PORT: String(this.port),
      BASTION_USER: this.user,
      BASTION_KEY: this.keyFile,
    };
  }

  /** Starts sshd anew after `close`. */
  async open(): Promise<void> {
    const { program, libraries } = this.copiedProgram();
    const child: ChildProcess = spawn(program, ['-D', '-e', '-f', join(this.folder, 'sshd_config')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, LD_LIBRARY_PATH: libraries },
      ...this.account.ids,
    });
    const server = new ChildProgram(child);
    this.server = server;
    while (!server.output.includes('Server listening')) {
      const ended = await Promise.race([
        once(child.stderr!, 'data').then(() => false),
        server.exited.then(() => true),
      ]);
      if (ended) throw new Error(`sshd did not start:\n${server.output}`);
    }
  }

  /** kill -9 of every session, so that the bastion never says good-bye; answers how many there were. */
  killSessions(): number {
    const sessions = childrenOf(this.server?.pid ?? 0);
    // Each is a process that watches and one that forwards: all are found before the first is gone.
    for (const pid of sessions.flatMap(family)) kill(pid);
    return sessions.length;
  }

  /** Nothing listens any more, and no session is left. */
  async close(): Promise<void> {
    const { server } = this;
    if (!server) return;
    this.killSessions();
    server.signal('SIGKILL');
    await server.exited;
    this.server = undefined;
  }

  /** Another host key, as a bastion has that was built anew. */
  changeHostKey(): void {
    rmSync(join(this.folder, 'host-key'));
    this.makeKey('host-key');
    this.giveAway('host-key');
  }

  /** A key that it does not know. */
  strangeKey(): string {
    return this.makeKey('strange-key');
  }

  async remove(): Promise<void> {
    await this.close();
    rmSync(this.folder, { recursive: true });
  }

  private prepare(): void {
    const { program, libraries } = sshdProgram();
    // Copied to where another user may read it, wherever the repository is.
    mkdirSync(join(this.folder, 'program'));
    cpSync(program, join(this.folder, 'program', 'sshd'));
    for (const library of libraries)
      cpSync(library, join(this.folder, 'program', 'lib', basename(library)), { recursive: true });
    this.makeKey('host-key');
    this.makeKey('user-key');
    cpSync(`${this.keyFile}.pub`, join(this.folder, 'authorized_keys'));
    writeFileSync(join(this.folder, 'sshd_config'), this.configuration());
    this.giveAway('host-key');
  }

  private configuration(): string {
    return [
      `Port ${this.port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(this.folder, 'host-key')}`,
      `AuthorizedKeysFile ${join(this.folder, 'authorized_keys')}`,
      'PidFile none',
      `UsePAM ${this.account.usesPam ? 'yes' : 'no'}`,
      'StrictModes no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'AllowTcpForwarding local',
      'PermitTTY no',
      '',
    ].join('\n');
  }

  private copiedProgram(): { program: string; libraries: string } {
    const folder = join(this.folder, 'program');
    const libraries = readdirSync(folder).includes('lib')
      ? readdirSync(join(folder, 'lib')).map((name) => join(folder, 'lib', name))
      : [];
    return { program: join(folder, 'sshd'), libraries: libraries.join(':') };
  }

  private makeKey(name: string): string {
    const file = join(this.folder, name);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
    return file;
  }

  private giveAway(name: string): void {
    const { ids } = this.account;
    if (ids) chownSync(join(this.folder, name), ids.uid, ids.gid);
  }
}

function ownAccount(): Account {
  if (process.getuid?.() !== 0) return { name: userInfo().username, ids: undefined, usesPam: true };
  return { name: 'nobody', ids: { uid: nobody, gid: statSync('/etc/shadow').gid }, usesPam: false };
}

function family(pid: number): number[] {
  return [...childrenOf(pid).flatMap(family), pid];
}

function childrenOf(pid: number): number[] {
  const list = `/proc/${pid}/task/${pid}/children`;
  return (existsSync(list) ? readFileSync(list, 'utf8') : '').split(' ').filter(Boolean).map(Number);
}

/** One may end by itself when the other does. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
