import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { appFlags } from './app-flags';
import type { PartLaunch } from './part';
import { StackError } from './stack-error';
import type { AppName, StackSettings } from './stack-settings';

/** How a built app is started with `env`; @throws StackError where it is not built */
export function appLaunch(settings: StackSettings, name: AppName, env: NodeJS.ProcessEnv): PartLaunch {
  const script = builtFile(settings, name, 'main.js');
  return {
    command: process.execPath,
    args: [...appFlags, script],
    cwd: settings.repoDir,
    env,
    marker: script,
  };
}

/** A file of the built app; @throws StackError where it is missing */
export function builtFile({ repoDir }: StackSettings, app: AppName, file: string): string {
  const path = join(repoDir, 'dist', app, 'apps', app, 'src', file);
  if (existsSync(path)) return path;
  throw new StackError(`${app} is not built: ${path} is missing.`, 'Build it first: make build');
}
