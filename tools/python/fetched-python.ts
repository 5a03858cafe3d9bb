import { chmodSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MavenArtifacts } from '../maven/maven-artifacts';
import { cachedProgram } from '../stack/program-cache';
import type { Progress } from '../stack/progress';
import { findMaven, findPython } from '../stack/required-programs';
import { StackError } from '../stack/stack-error';
import type { StackSettings } from '../stack/stack-settings';

const VERSION = '3.9';
const PROGRAM = `org/bytedeco/cpython/linux-x86_64/bin/python${VERSION}`;

/** The path of a Python 3.9 for a machine that has none, fetched when it is not there yet. Throws StackError. */
export async function fetchedPython(settings: StackSettings, progress: Progress): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new StackError(
      `Python ${VERSION}, which the client for notebooks must run on, is missing: neither the PATH nor pyenv has it.`,
      `Install it: pyenv install ${VERSION} (or: uv python install ${VERSION})`,
    );
  const artifacts = new MavenArtifacts(join(__dirname, 'oldest'));
  const folder = await cachedProgram(
    {
      label: `Fetching Python ${VERSION} (20 MB, Maven)`,
      directory: join(settings.cacheDir, `python-${VERSION}-itself-${artifacts.key}`),
      proof: PROGRAM,
      neededMegabytes: 200,
      fetch: async (target, run) => {
        const jars = join(target, 'jars');
        await artifacts.fetch(jars, { maven: findMaven(settings.env), run });
        const [jar = ''] = readdirSync(jars).filter((name) => name.startsWith('cpython-'));
        // A Python that is there reads the archive; Node cannot.
        await run(findPython(settings.env), ['-m', 'zipfile', '-e', join(jars, jar), target]);
        rmSync(jars, { recursive: true });
        chmodSync(join(target, PROGRAM), 0o755);
      },
    },
    progress,
  );
  return join(folder, PROGRAM);
}
