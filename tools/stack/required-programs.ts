import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { StackError } from './stack-error';

const oldestJava = 17;
const pythonNames = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
const pythonCheck = 'import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 10) else 3)';

/** The path of a Java new enough for Kafka: JAVA_HOME's, else the one on the PATH. Throws StackError. */
export function findJava(env: NodeJS.ProcessEnv): string {
  const home = env.JAVA_HOME ?? '';
  const [java] = candidates(['java'], home === '' ? env : { PATH: join(home, 'bin') });
  const nextStep = 'Install it: sudo apt install openjdk-17-jre-headless';
  if (java === undefined) {
    const where = home === '' ? 'on the PATH' : `in JAVA_HOME (${home})`;
    throw new StackError(
      `Java is missing: there is no java ${where}, and Kafka needs Java ${oldestJava} or newer.`,
      nextStep,
    );
  }
  const version = outputOf(java, ['-XshowSettings:properties', '-version'], env);
  const major = Number(/java\.specification\.version = (?:1\.)?(\d+)/.exec(version ?? '')?.[1] ?? 0);
  if (major < oldestJava) {
    const found = major === 0 ? 'does not run' : `is Java ${major}`;
    throw new StackError(`${java} ${found}; Kafka needs Java ${oldestJava} or newer.`, nextStep);
  }
  return java;
}

/** The path of Maven. Throws StackError. */
export function findMaven(env: NodeJS.ProcessEnv): string {
  return onPath('mvn', env, [
    'Maven is missing: there is no mvn on the PATH, and it fetches Kafka.',
    'Install it: sudo apt install maven',
  ]);
}

/** The path of Go. Throws StackError. */
export function findGo(env: NodeJS.ProcessEnv): string {
  return onPath('go', env, [
    'Go is missing: there is no go on the PATH, and it builds Bento.',
    'Install Go 1.26 or newer: https://go.dev/doc/install',
  ]);
}

/** The path of Rust's cargo. Throws StackError. */
export function findCargo(env: NodeJS.ProcessEnv): string {
  const cargo = onPath('cargo', env, [
    'Rust is missing: there is no cargo on the PATH, and it builds the fast database.',
    'Install Rust 1.95 or newer: https://rustup.rs',
  ]);
  // That of rustup stands there without a toolchain, too.
  if (outputOf(cargo, ['--version'], env) !== undefined) return cargo;
  throw new StackError(`${cargo} does not run.`, 'Install a toolchain for it: rustup default stable');
}

/** The path of a Python that can make the database's virtual environment. Throws StackError. */
export function findPython(env: NodeJS.ProcessEnv): string {
  // A name may be a version switcher's shim that refuses to run, so each one is tried.
  const python = candidates(pythonNames, env).find(
    (path) => outputOf(path, ['-c', pythonCheck], env) !== undefined,
  );
  if (python !== undefined) return python;
  throw new StackError(
    'Python is missing: no python3 on the PATH is version 3.10 or newer and has the modules venv and ensurepip.',
    'Install it: sudo apt install python3 python3-venv',
  );
}

function onPath(
  name: string,
  env: NodeJS.ProcessEnv,
  [problem, nextStep]: readonly [problem: string, nextStep: string],
): string {
  const [found] = candidates([name], env);
  if (found !== undefined) return found;
  throw new StackError(problem, nextStep);
}

function candidates(names: readonly string[], env: NodeJS.ProcessEnv): string[] {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).filter(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Standard output and error together; undefined when the program fails. */
function outputOf(path: string, args: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
  try {
    return execFileSync('/bin/sh', ['-c', 'exec "$0" "$@" 2>&1', path, ...args], {
      encoding: 'utf8',
      env,
      stdio: 'pipe',
    });
  } catch {
    return undefined;
  }
}
