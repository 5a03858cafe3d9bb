import { join } from 'node:path';
import { cachedProgram } from '../../../tools/stack/program-cache';
import type { Progress } from '../../../tools/stack/progress';
import { findCargo } from '../../../tools/stack/required-programs';
import type { StackSettings } from '../../../tools/stack/stack-settings';

export const fastDatabaseVersion = '0.5.3-beta.193';

/**
 * The executable of SecantusDB's server in Rust, built from the crate registry when it is not there yet: five times
 * as fast as the embedded one, so that it is not what is measured. Throws StackError.
 */
export async function fastDatabaseProgram(settings: StackSettings, progress: Progress): Promise<string> {
  const directory = await cachedProgram(
    {
      label: 'Building the fast database (Rust, some minutes)',
      directory: join(
        settings.cacheDir,
        `fast-database-${fastDatabaseVersion}-${process.platform}-${process.arch}`,
      ),
      proof: join('bin', 'secantusd-rs'),
      neededMegabytes: 4_000,
      fetch: (target, run) =>
        run(findCargo(settings.env), [
          'install',
          'secantus-mdb',
          ...['--version', fastDatabaseVersion],
          ...['--root', target],
          // It names a newer compiler than it needs.
          '--ignore-rust-version',
          '--locked',
        ]),
    },
    progress,
  );
  return join(directory, 'bin', 'secantusd-rs');
}
