import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { appFlags } from '../../../tools/stack/app-flags';
import { freePort } from '../../../tools/stack/port-holder';
import { ChildProgram } from './child-program';

export type AppName = 'processor-api' | 'metadata-worker';

const ROOT = resolve(__dirname, '../../..');
const READY_MS = 60_000;
const POLL_MS = 50;

/** The built app as a process of its own, with the settings of the test and none of the machine's. */
export class AppProcess extends ChildProgram {
  private constructor(
    child: ChildProcess,
    readonly url: string,
  ) {
    super(child);
    child.once('close', () => {
      const { APP_LOGS_DIR } = process.env;
      if (APP_LOGS_DIR) writeFileSync(join(APP_LOGS_DIR, `${child.pid}.log`), this.output);
    });
  }

  /** Starts `dist/<name>`; build first. Ready once `probe` answers 200. */
  static async start(name: AppName, env: NodeJS.ProcessEnv, probe = '/health/ready'): Promise<AppProcess> {
    const port = await freePort();
    const app = AppProcess.spawn(name, { PORT: String(port), ...env }, port);
    await app.until(probe);
    return app;
  }

  /** Starts it under these flags of Node's in the place of its own. */
  static async startWithFlags(
    name: AppName,
    env: NodeJS.ProcessEnv,
    flags: readonly string[],
  ): Promise<AppProcess> {
    const port = await freePort();
    const app = AppProcess.run([...flags, mainOf(name)], { PORT: String(port), ...env }, port);
    await app.until('/health/ready');
    return app;
  }

  /** Starts the app from its source, after `change`, a module of the test, has had its way with it. */
  static async startChanged(name: AppName, change: string, env: NodeJS.ProcessEnv): Promise<AppProcess> {
    const port = await freePort();
    const args = [
      ...appFlags,
      '-r',
      '@swc-node/register',
      '-r',
      change,
      join(ROOT, 'apps', name, 'src', 'main.ts'),
    ];
    const app = AppProcess.run(args, { PORT: String(port), ...env }, port);
    await app.until('/health/ready');
    return app;
  }

  /** Starts without waiting, for settings that are refused. */
  static spawn(name: AppName, env: NodeJS.ProcessEnv, port = 0): AppProcess {
    return AppProcess.run([...appFlags, mainOf(name)], env, port);
  }

  private static run(args: readonly string[], env: NodeJS.ProcessEnv, port: number): AppProcess {
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new AppProcess(child, `http://127.0.0.1:${port}`);
  }

  async status(path: string): Promise<number> {
    return (await fetch(this.url + path)).status;
  }

  /** Waits until `path` answers `status`. */
  async until(path: string, status = 200, timeoutMs = READY_MS): Promise<void> {
    const answered = await eventually(
      () =>
        this.status(path).then(
          (is) => is === status,
          () => false,
        ),
      timeoutMs,
      this.exited,
    );
    if (!answered)
      throw new Error(
        `${path} did not answer ${status} within ${timeoutMs} ms:\n${this.output.slice(-4_000)}`,
      );
  }
}

/** Asks until the answer is true, the time is over or `given` settles; answers whether it became true. */
export async function eventually(
  ask: () => boolean | Promise<boolean>,
  timeoutMs: number,
  given?: Promise<unknown>,
): Promise<boolean> {
  const over = new AbortController();
  void given?.then(() => {
    over.abort();
  });
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline && !over.signal.aborted;) {
    if (await ask()) return true;
    await new Promise((next) => setTimeout(next, POLL_MS));
  }
  return false;
}

function mainOf(name: AppName): string {
  const main = join(ROOT, 'dist', name, 'apps', name, 'src', 'main.js');
  if (!existsSync(main)) throw new Error(`${main} is missing: run make build`);
  return main;
}
