import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { cachedProgram, contentKey } from '../../../tools/stack/program-cache';
import type { Progress } from '../../../tools/stack/progress';
import { findGo } from '../../../tools/stack/required-programs';
import type { StackSettings } from '../../../tools/stack/stack-settings';

const source = join(__dirname, '..', 'peers', 'bento');
const SOURCE_FILES = ['go.mod', 'go.sum', 'main.go'];

/** Bento's executable, built from the Go module proxy when it is not there yet. Throws StackError. */
export async function bentoProgram(settings: StackSettings, progress: Progress): Promise<string> {
  const key = contentKey(...SOURCE_FILES.map((file) => join(source, file)));
  const directory = await cachedProgram(
    {
      label: 'Building Bento (Go, some minutes)',
      directory: join(settings.cacheDir, `bento-${key}`),
      proof: 'bento',
      neededMegabytes: 4_000,
      fetch: async (target, run) => {
        cpSync(source, join(target, 'source'), { recursive: true });
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
