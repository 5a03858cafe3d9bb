import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { eventually } from '@libs/testing/app-process';
import { ChildProgram } from '@libs/testing/child-program';
import { isAlive, TunnelFile } from '../tunnel-file';

const root = resolve(__dirname, '../../..');
const main = resolve(__dirname, '../main.ts');
const withinMs = 30_000;

/** `make tunnel` as a process of its own. */
export class TunnelProcess extends ChildProgram {
  private readonly file: TunnelFile;

  constructor(stackDir: string, env: NodeJS.ProcessEnv) {
    const { PATH, HOME } = process.env;
    super(
      spawn(process.execPath, ['-r', '@swc-node/register', main], {
        cwd: root,
        env: { PATH, HOME, STACK_DIR: stackDir, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
    this.file = new TunnelFile(stackDir);
  }

  /** The ssh it started last. */
  get sshPid(): number | undefined {
    return this.file.latest()?.ssh?.pid;
  }

  /** Whether that ssh still runs. */
  get hasSsh(): boolean {
    const ssh = this.file.latest()?.ssh;
    return ssh !== undefined && ssh !== null && isAlive(ssh);
  }

  /** The status lines of one thing so far, without their time. */
  statesOf(name: string): string[] {
    const lines = this.output.split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\d {2}/, ''));
    return lines.filter((line) => new RegExp(`^${name} +(up|down) `).test(line));
  }

  /** Waits until the latest status line of `name` says `state`. */
  async until(name: string, state: 'up' | 'down'): Promise<void> {
    const isSo = (): boolean =>
      this.statesOf(name)
        .at(-1)
        ?.startsWith(`${name.padEnd(9)} ${state}`) === true;
    if (!(await eventually(isSo, withinMs, this.exited))) {
      throw new Error(`${name} did not come ${state}:\n${this.output}`);
    }
  }
}
