/**
 * Everything that is asked of the Python here: format and lint, and of notebooks/ types and tests on the oldest Python
 * that the client supports and on the newest of this machine. `npm run python [-- --json --outputFile FILE]`: with a
 * file, the counts are written into it as jest does. `npm run python -- --write` writes the format and nothing else.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { StackError } from '../stack/stack-error';
import { findInterpreters } from './interpreters';
import { pythonTools } from './python-tools';

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

const NOTEBOOKS = resolve(__dirname, '../../notebooks');
/** The tools' Python too; types and tests are of the client alone, which users run. */
const RUFF = ['--quiet', '--config', 'pyproject.toml', '.', '../tools'];
const reports = mkdtempSync(join(tmpdir(), 'python-'));

async function main(outputFile: string | undefined): Promise<void> {
  const [oldest, newest] = findInterpreters(process.env);
  const pythons = [await pythonTools(oldest), await pythonTools(newest)];
  const counts = [await lint(pythons[1]!)];
  // Beside each other: each keeps one core busy.
  counts.push(
    ...(await Promise.all([oldest, newest].map(({ version }, at) => types(pythons[at]!, version)))),
  );
  counts.push(
    ...(await Promise.all([oldest, newest].map(({ version }, at) => tests(pythons[at]!, version)))),
  );
  const sum = (of: keyof Counts): number => counts.reduce((total, count) => total + count[of], 0);
  const total = { passed: sum('passed'), failed: sum('failed') };
  console.log(
    `${total.passed} passed, ${total.failed} failed on Python ${oldest.version} and ${newest.version}`,
  );
  if (outputFile !== undefined) {
    const report = {
      numPassedTests: total.passed,
      numFailedTests: total.failed,
      numRuntimeErrorTestSuites: 0,
      testResults: [],
    };
    writeFileSync(outputFile, JSON.stringify(report));
  }
  process.exitCode = total.failed === 0 ? 0 : 1;
}

async function format(): Promise<void> {
  const [, newest] = findInterpreters(process.env);
  const python = await pythonTools(newest);
  // The rules first: they sort imports, which the format then wraps.
  const sorted = await succeeds(python, ['-m', 'ruff', 'check', '--select', 'I', '--fix', ...RUFF]);
  const formatted = await succeeds(python, ['-m', 'ruff', 'format', ...RUFF]);
  process.exitCode = sorted && formatted ? 0 : 1;
}

async function lint(python: string): Promise<Counts> {
  const format = await succeeds(python, ['-m', 'ruff', 'format', '--check', ...RUFF]);
  const rules = await succeeds(python, ['-m', 'ruff', 'check', ...RUFF]);
  return counted([format, rules]);
}

async function types(python: string, version: string): Promise<Counts> {
  const cache = join(reports, `mypy-${version}`);
  return counted([
    await succeeds(python, ['-m', 'mypy', '--strict', '--no-error-summary', '--cache-dir', cache, '.']),
  ]);
}

async function tests(python: string, version: string): Promise<Counts> {
  const report = join(reports, `pytest-${version}.xml`);
  const isGreen = await succeeds(python, ['-m', 'pytest', '--quiet', `--junitxml=${report}`]);
  const [, suite = ''] = /<testsuite ([^>]*)>/.exec(readText(report)) ?? [];
  const count = (name: string): number => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = count('failures') + count('errors') + count('skipped');
  return { passed: count('tests') - failed, failed: failed === 0 && !isGreen ? 1 : failed };
}

function succeeds(python: string, args: readonly string[]): Promise<boolean> {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', RUFF_NO_CACHE: 'true' };
  const child = spawn(python, args, { cwd: NOTEBOOKS, stdio: ['ignore', 'inherit', 'inherit'], env });
  return new Promise((answer) => {
    child.once('close', (code) => {
      answer(code === 0);
    });
  });
}

function counted(results: readonly boolean[]): Counts {
  const passed = results.filter(Boolean).length;
  return { passed, failed: results.length - passed };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, outputFile: { type: 'string' }, write: { type: 'boolean' } },
});
(values.write === true ? format() : main(values.outputFile))
  .catch((error: unknown) => {
    console.error(error instanceof StackError ? `${error.message}\n${error.nextStep}` : error);
    process.exitCode = 1;
  })
  .finally(() => {
    rmSync(reports, { recursive: true, force: true });
  });
