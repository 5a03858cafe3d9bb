import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { eventually } from '../../tools/testing/app-process';

const readyWithinMs = 60_000;
const stopWithinMs = 20_000;

/** A program of one side, with what it uses of the machine. */
export class MeasuredProcess {
  private readonly lines: string[] = [];
  private readonly exited: Promise<void>;

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.lines.push(text));
    }
    this.exited = new Promise((resolve) =>
      child.once('exit', () => {
        resolve();
      }),
    );
  }

  /** Starts it and waits until `isReady`. */
  static async start(
    command: readonly [string, ...string[]],
    options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
    isReady: () => Promise<boolean>,
  ): Promise<MeasuredProcess> {
    const [program, ...args] = command;
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...options.env };
    const started = new MeasuredProcess(
      spawn(program, args, { cwd: options.cwd, env, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
    if (await eventually(() => isReady().catch(() => false), readyWithinMs, started.exited)) return started;
    await started.stop();
    throw new Error(`${program} did not become ready:\n${started.output.slice(-4_000)}`);
  }

  get output(): string {
    return this.lines.join('');
  }

  get rssMib(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
  }

  /** Processor time so far, in milliseconds (Linux counts it in hundredths of a second). */
  get processorMs(): number {
    const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), stopWithinMs);
    await this.exited;
    clearTimeout(timer);
  }
}
