import { createHash } from 'node:crypto';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cachedProgram } from '../../tools/stack/program-cache';
import type { Progress } from '../../tools/stack/progress';
import { findGo } from '../../tools/stack/required-programs';
import type { StackSettings } from '../../tools/stack/stack-settings';

const sources = join(__dirname, 'peers');

/** Bento's executable, built from the Go module proxy when it is not there yet. Throws StackError. */
export async function bentoProgram(settings: StackSettings, progress: Progress): Promise<string> {
  const source = join(sources, 'bento');
  const directory = await cachedProgram(
    {
      label: 'Building Bento (Go, some minutes)',
      directory: join(settings.cacheDir, `bento-${keyOf(source, ['go.mod', 'go.sum', 'main.go'])}`),
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

function keyOf(folder: string, files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 12);
}
