import { spawn } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLines } from './log-file';
import { processIdentity } from './process-identity';
import { settingsFingerprint, type PartVariables, type SettingsFingerprint } from './settings-fingerprint';
import { StackError } from './stack-error';
import type { KafkaRouteName, PartName } from './stack-settings';

export interface PartLaunch {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** A piece of the command line that no other program has, to be told from a reused pid by. */
  readonly marker: string;
}

export interface PartStart {
  readonly launch: PartLaunch;
  readonly port: number;
  /** Remembered as hashes only. */
  readonly variables: PartVariables;
  /** Of the API that was started alone: which Kafka it uses. */
  readonly route?: KafkaRouteName | undefined;
}

/** What run/<part>.json keeps beside the PID file, which holds the bare pid. */
export interface PartRecord {
  readonly pid: number;
  readonly startTime: string;
  readonly marker: string;
  readonly port: number;
  readonly settings: SettingsFingerprint;
  readonly route?: KafkaRouteName | undefined;
}

const largestLogBytes = 20 * 1024 * 1024;

/** One program of the stack, known by its PID file: the same from whichever process one looks. */
export class Part {
  readonly logFile: string;
  readonly pidFile: string;
  private readonly recordFile: string;

  constructor(
    readonly name: PartName,
    stackDir: string,
  ) {
    this.logFile = join(stackDir, 'logs', `${name}.log`);
    this.pidFile = join(stackDir, 'run', `${name}.pid`);
    this.recordFile = join(stackDir, 'run', `${name}.json`);
  }

  /** What was written at the start of the process that runs now; undefined when it does not run. */
  running(): PartRecord | undefined {
    const record = this.readRecord();
    if (record === undefined) return undefined;
    const identity = processIdentity(record.pid);
    const same = identity?.startTime === record.startTime && identity.command.includes(record.marker);
    return same ? record : undefined;
  }

  pid(): number | undefined {
    return this.running()?.pid;
  }

  /** Sends the signal to the part's own process, never to one that got its number later; false when there is none. */
  kill(signal: NodeJS.Signals): boolean {
    const pid = this.pid();
    return pid !== undefined && process.kill(pid, signal);
  }

  /** Starts the program itself, without a shell between, so that it outlives the caller. Throws StackError. */
  start({ launch, port, variables, route }: PartStart): void {
    mkdirSync(dirname(this.logFile), { recursive: true });
    mkdirSync(dirname(this.pidFile), { recursive: true });
    this.setLargeLogAside();
    const log = openSync(this.logFile, 'a');
    const child = spawn(launch.command, launch.args, {
      cwd: launch.cwd,
      env: launch.env,
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    child.on('error', () => undefined); // reported below; without a listener it would end this process
    child.unref();
    const { pid } = child;
    const identity = pid === undefined ? undefined : processIdentity(pid);
    if (pid === undefined || identity === undefined) {
      throw new StackError(
        `${this.name} could not be started (${launch.command}).`,
        `Look into ${this.logFile}.`,
      );
    }
    const record: PartRecord = {
      pid,
      startTime: identity.startTime,
      marker: launch.marker,
      port,
      settings: settingsFingerprint(variables),
      route,
    };
    writeFileSync(this.recordFile, JSON.stringify(record, null, 2), { mode: 0o600 });
    writeFileSync(this.pidFile, `${pid}\n`);
  }

  /** True once the process is gone, and then its PID file is too. */
  async ended(timeoutMs: number): Promise<boolean> {
    const deadline = Date.now() + timeoutMs;
    while (this.pid() !== undefined) {
      if (Date.now() > deadline) return false;
      await sleep(50);
    }
    rmSync(this.pidFile, { force: true });
    rmSync(this.recordFile, { force: true });
    return true;
  }

  /** An error that shows the end of the part's log. */
  failure(what: string, cause?: unknown): StackError {
    const lines = lastLines(this.logFile, 15);
    const log = lines.length === 0 ? '' : `\n${lines.map((line) => `    ${line}`).join('\n')}`;
    return new StackError(
      `${this.name} ${what}. The end of ${this.logFile}:${log === '' ? ' (empty)' : log}`,
      'Correct the cause shown there and run the command again; what already runs is kept (make stop ends it).',
      { cause },
    );
  }

  private readRecord(): PartRecord | undefined {
    try {
      const pid = Number.parseInt(readFileSync(this.pidFile, 'utf8'), 10);
      const record = JSON.parse(readFileSync(this.recordFile, 'utf8')) as PartRecord;
      return record.pid === pid ? record : undefined;
    } catch {
      return undefined; // never started, or a file torn by a full disk
    }
  }

  private setLargeLogAside(): void {
    const size = statSync(this.logFile, { throwIfNoEntry: false })?.size ?? 0;
    if (size > largestLogBytes) renameSync(this.logFile, `${this.logFile}.1`);
  }
}
