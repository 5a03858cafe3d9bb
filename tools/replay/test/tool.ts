import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { kafkaBrokers } from '@libs/testing/test-stack';

const repoDir = resolve(__dirname, '../../..');

export interface Ended {
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

/** One of the commands as a process of its own. */
export class ToolProcess {
  readonly ended: Promise<Ended>;

  constructor(readonly child: ChildProcess) {
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    this.ended = new Promise((settle) => {
      child.once('close', (code, signal) => {
        settle({ code: signal ?? code ?? 1, stdout, stderr });
      });
    });
  }
}

/** The commands against the Kafka of the test run, with a folder of their own for interrupted replays. */
export class Tools {
  private readonly stackDir = mkdtempSync(join(tmpdir(), 'replay-test-'));

  start(program: 'main' | 'dlq', args: readonly string[], env: NodeJS.ProcessEnv = {}): ToolProcess {
    const command = ['-r', '@swc-node/register', join('tools', 'replay', `${program}.ts`), ...args];
    const child = spawn(process.execPath, command, {
      cwd: repoDir,
      env: { PATH: process.env.PATH, KAFKA_BROKERS: kafkaBrokers, STACK_DIR: this.stackDir, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new ToolProcess(child);
  }

  replay(...args: readonly string[]): Promise<Ended> {
    return this.start('main', args).ended;
  }

  dlq(...args: readonly string[]): Promise<Ended> {
    return this.start('dlq', args).ended;
  }

  remove(): void {
    rmSync(this.stackDir, { recursive: true });
  }
}
