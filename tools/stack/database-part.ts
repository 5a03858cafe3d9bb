import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PartLaunch } from './part';
import type { StackSettings } from './stack-settings';

const script = 'secantusd-py';

/** How to start the document database from its virtual environment. */
export function databaseLaunch(settings: StackSettings, environment: string): PartLaunch {
  const { stackDir, env, ports } = settings;
  const bin = join(environment, 'bin');
  mkdirSync(join(stackDir, 'data', 'database'), { recursive: true });
  const options = [
    '--host',
    '127.0.0.1',
    '--port',
    String(ports.database),
    '--storage-path',
    join('data', 'database'),
  ];
  // Without --sync-on-commit an acknowledged document was lost at kill -9; without --standalone it keeps an oplog.
  const durability = ['--standalone', '--cache-size', '256M', '--sync-on-commit'];
  return {
    command: join(bin, 'python3'),
    // Its Python is named: the script's first line still names the folder in which the environment was made.
    args: ['-I', '-u', join(bin, script), ...options, ...durability],
    cwd: stackDir,
    env,
    marker: script,
  };
}
