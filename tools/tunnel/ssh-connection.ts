import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Forward } from './forward';
import { sshArguments, type Bastion } from './ssh-command';
import { sshFailure, type SshFailure } from './ssh-failure';

const letIn = 'Authenticated to ';
const targetRefused = /^channel \d+: open failed: (?:connect failed|administratively prohibited): (.+)$/;
const keptLines = 50;
const graceMs = 2000;

/** One attempt at the bastion, from its start to its end. */
export interface Connection {
  readonly pid: number | undefined;
  /** True once the bastion let us in; false when it ended before. */
  readonly opened: Promise<boolean>;
  readonly ended: Promise<SshFailure>;
  /** Why the bastion could not reach a target; each is answered once. */
  takeRefusal(): string | undefined;
  /** Ends it; resolves once no process is left. */
  close(): Promise<void>;
}

/** The connection as a process of the system's ssh. */
export class SshConnection implements Connection {
  readonly opened: Promise<boolean>;
  readonly ended: Promise<SshFailure>;
  private readonly child: ChildProcess;
  private readonly lines: string[] = [];
  private refusal: string | undefined;

  constructor(bastion: Bastion, forwards: readonly Forward[]) {
    // A session of its own: without a terminal ssh cannot ask for anything, and Ctrl-C reaches it through us alone.
    this.child = spawn('ssh', sshArguments(bastion, forwards), {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
    });
    const letInNow = Promise.withResolvers<boolean>();
    const errors = createInterface({ input: this.child.stderr! });
    errors.on('line', (line) => {
      this.note(line);
      if (line.startsWith(letIn)) letInNow.resolve(true);
    });
    this.ended = new Promise((settle) => {
      this.child.once('error', (error) => {
        settle(sshFailure(bastion, { lines: [error.message], code: null, signal: null }));
      });
      this.child.once('close', (code, signal) => {
        settle(sshFailure(bastion, { lines: this.lines, code, signal }));
      });
    });
    this.opened = Promise.race([letInNow.promise, this.ended.then(() => false)]);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  takeRefusal(): string | undefined {
    const { refusal } = this;
    this.refusal = undefined;
    return refusal;
  }

  async close(): Promise<void> {
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), graceMs);
    await this.ended;
    clearTimeout(timer);
  }

  private note(text: string): void {
    const line = text.trimEnd();
    const [, refusal] = targetRefused.exec(line) ?? [];
    if (refusal !== undefined) {
      this.refusal = refusal;
      return;
    }
    this.lines.push(line);
    if (this.lines.length > keptLines) this.lines.shift();
  }
}
