import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { appEnvironment } from './app-environment';
import { appLaunch, builtFile } from './app-launch';
import { probeApp } from './app-readiness';
import { lastLines } from './log-file';
import { Part } from './part';
import { ensureRunning } from './part-start';
import { silentProgress, type Progress } from './progress';
import { withStackLock } from './stack-directory';
import { StackError } from './stack-error';
import { appNames, type StackSettings } from './stack-settings';
import { allTogether } from './together';

const readyWithinMs = 60_000;

/** Migrates and starts the apps that do not run, and waits until both are ready. Throws StackError. */
export async function startApps(settings: StackSettings, progress: Progress = silentProgress): Promise<void> {
  await withStackLock(settings, progress, async () => {
    const apps = appNames.map((name) => ({ name, part: new Part(name, settings.stackDir) }));
    if (apps.some(({ part }) => part.pid() === undefined)) {
      await progress.step('database migrated', () => migrate(settings));
    }
    await allTogether(
      apps.map(({ name, part }) => {
        const env = appEnvironment(name, settings);
        const launch = appLaunch(settings, name, env);
        const plan = {
          part,
          launch: () => Promise.resolve(launch),
          probe: (port: number) => probeApp(port, name === 'processor-api' ? env : { HOST: env.HOST }),
          readyWithinMs,
        };
        return ensureRunning(plan, settings, progress);
      }),
    );
  });
}

async function migrate(settings: StackSettings): Promise<void> {
  const script = builtFile(settings, 'metadata-worker', 'migrate.js');
  const logFile = join(settings.stackDir, 'logs', 'migrate.log');
  mkdirSync(join(settings.stackDir, 'logs'), { recursive: true });
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [script], {
    cwd: settings.repoDir,
    env: appEnvironment('metadata-worker', settings),
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return;
  const lines = lastLines(logFile, 15).map((line) => `    ${line}`);
  throw new StackError(
    `The migration failed. The end of ${logFile}:\n${lines.join('\n')}`,
    'Correct the cause shown there and run the command again.',
  );
}
