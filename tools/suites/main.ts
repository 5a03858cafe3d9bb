import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SUITES, type Suite } from './suites';

interface Result {
  readonly suite: Suite;
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
}

const reports = mkdtempSync(join(tmpdir(), 'suites-'));

/** Runs the suites of the groups named, one after another, and ends with the counts over all of them. */
async function main(groups: readonly string[]): Promise<void> {
  const chosen = SUITES.filter(({ group }) => groups.includes(group));
  if (chosen.length === 0) {
    console.error(`usage: npm run suites -- ${[...new Set(SUITES.map(({ group }) => group))].join('|')} …`);
    process.exitCode = 2;
    return;
  }
  const results: Result[] = [];
  for (const [at, suite] of chosen.entries()) {
    console.log(`\n── ${suite.name} (${at + 1} of ${chosen.length}) ──`);
    results.push(await run(suite));
  }
  rmSync(reports, { recursive: true });
  report(results);
}

function run(suite: Suite): Promise<Result> {
  const startedAt = performance.now();
  const reportFile = join(reports, `${suite.name}.json`);
  const [program = '', ...args] = suite.command;
  const jestArgs = suite.isJest ? ['--json', '--outputFile', reportFile, '--colors=false'] : [];
  const child = spawn(join('node_modules', '.bin', program), [...args, ...jestArgs], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((resolve) => {
    child.once('close', (code) => {
      const seconds = (performance.now() - startedAt) / 1000;
      const counts = suite.isJest
        ? jestCounts(reportFile, code)
        : { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
      console.log(`${suite.name}: ${counts.failed === 0 ? 'passed' : 'FAILED'} in ${seconds.toFixed(1)} s`);
      resolve({ suite, ...counts, seconds });
    });
  });
}

/** A run that failed without a failed test (a broken set-up, a threshold) counts as one failure. */
function jestCounts(file: string, code: number | null): { passed: number; failed: number } {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as JestReport;
    const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
    return { passed: report.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

function report(results: readonly Result[]): void {
  console.log('\nsuite          passed  failed   seconds');
  for (const { suite, passed, failed, seconds } of results) {
    const cells = [String(passed).padStart(6), String(failed).padStart(7), seconds.toFixed(1).padStart(9)];
    console.log(`${suite.name.padEnd(14)} ${cells.join(' ')}`);
  }
  const sum = (of: (result: Result) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  const failed = sum(({ failed }) => failed);
  console.log(`\n${sum(({ passed }) => passed)} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

void main(process.argv.slice(2));
