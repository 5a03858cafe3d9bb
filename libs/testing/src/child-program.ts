import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const STOP_MS = 40_000;

/** A program that was started with pipes for its output, and what it uses of the machine (Linux). */
export class ChildProgram {
  private readonly lines: string[] = [];
  readonly exited: Promise<number | NodeJS.Signals>;

  constructor(protected readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.lines.push(text));
    }
    this.exited = new Promise((settle) => {
      child.once('exit', (code, signal) => {
        settle(signal ?? code ?? 1);
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Everything the program wrote so far. */
  get output(): string {
    return this.lines.join('');
  }

  /** Resident memory in MiB. */
  get rssMib(): number {
    return this.memoryMib('VmRSS');
  }

  /** The most resident memory the program had so far, in MiB. */
  get peakRssMib(): number {
    return this.memoryMib('VmHWM');
  }

  /** From here on the most is reckoned anew (proc(5), clear_refs). */
  forgetPeakRss(): void {
    writeFileSync(`/proc/${this.pid}/clear_refs`, '5');
  }

  /** Processor time of all its threads so far, in milliseconds. */
  get processorMs(): number {
    return processorMsOf(this.pid);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Sends SIGTERM and waits; answers the exit code, or the signal that ended it. */
  async stop(): Promise<number | NodeJS.Signals> {
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    const code = await this.exited;
    clearTimeout(timer);
    return code;
  }

  private memoryMib(field: string): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? '0') / 1024;
  }
}

/** Processor time of all threads of a process that have not ended, in milliseconds. */
export function processorMsOf(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  const nanoseconds = readdirSync(tasks).map((thread) =>
    Number(readFileSync(`${tasks}/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, time) => sum + time, 0) / 1_000_000;
}
