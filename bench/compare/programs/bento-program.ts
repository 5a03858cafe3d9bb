import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { cachedProgram } from '../../../tools/stack/program-cache';
import type { Progress } from '../../../tools/stack/progress';
import { findGo } from '../../../tools/stack/required-programs';
import type { StackSettings } from '../../../tools/stack/stack-settings';
import { recipe } from './recipe';

/** Bento's executable, built from the Go module proxy when it is not there yet. Throws StackError. */
export async function bentoProgram(settings: StackSettings, progress: Progress): Promise<string> {
  const { folder, key } = recipe('bento', ['go.mod', 'go.sum', 'main.go']);
  const directory = await cachedProgram(
    {
      label: 'Building Bento (Go, some minutes)',
      directory: join(settings.cacheDir, `bento-${key}`),
      proof: 'bento',
      neededMegabytes: 4_000,
      fetch: async (target, run) => {
        cpSync(folder, join(target, 'source'), { recursive: true });
        await run(findGo(settings.env), [
          '-C',
          join(target, 'source'),
          'build',
          '-o',
          join(target, 'bento'),
          '.',
        ]);
      },
    },
    progress,
  );
  return join(directory, 'bento');
}
