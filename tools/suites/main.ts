import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJestReport, type Counts } from './jest-report';
import { searchLogs } from './search-logs';
import { SUITES, type Suite } from './suites';

interface Result extends Counts {
  readonly name: string;
  readonly seconds: number;
}

const reports = mkdtempSync(join(tmpdir(), 'suites-'));
const appLogs = join(reports, 'logs');

/** Runs the suites of the groups named, one after another, and ends with the counts over all of them. */
async function main(groups: readonly string[]): Promise<void> {
  const chosen = SUITES.filter(({ group }) => groups.includes(group));
  if (chosen.length === 0) {
    console.error(`usage: npm run suites -- ${[...new Set(SUITES.map(({ group }) => group))].join('|')} …`);
    process.exitCode = 2;
    return;
  }
  mkdirSync(appLogs);
  const results: Result[] = [];
  for (const [at, suite] of chosen.entries()) {
    console.log(`\n── ${suite.name} (${at + 1} of ${chosen.length}) ──`);
    results.push(await run(suite));
  }
  if (chosen.some(({ group }) => group !== 'check')) results.push(logsResult());
  rmSync(reports, { recursive: true });
  report(results);
}

function run(suite: Suite): Promise<Result> {
  const startedAt = performance.now();
  const reportFile = join(reports, `${suite.name}.json`);
  const [program = '', ...args] = suite.command;
  const reportArgs = suite.writesReport ? ['--json', '--outputFile', reportFile] : [];
  const child = spawn(join('node_modules', '.bin', program), [...args, ...reportArgs], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, APP_LOGS_DIR: appLogs },
  });
  return new Promise((resolve) => {
    child.once('close', (code) => {
      const seconds = (performance.now() - startedAt) / 1000;
      const counts = suite.writesReport ? readJestReport(reportFile, code) : countsOfOne(code === 0);
      console.log(`${suite.name}: ${counts.failed === 0 ? 'passed' : 'FAILED'} in ${seconds.toFixed(1)} s`);
      resolve({ name: suite.name, ...counts, seconds });
    });
  });
}

/** One more test: of all that the apps of this run logged, nothing is a key or a part of a body. */
function logsResult(): Result {
  const startedAt = performance.now();
  const { files, bytes, leaks } = searchLogs(appLogs);
  console.log(
    `\n── logs ──\n${files} logs of apps, ${bytes} bytes: ${leaks.length} lines with a key or a body`,
  );
  if (files === 0) console.log('no app was started: nothing was searched');
  for (const leak of leaks.slice(0, 10)) console.log(leak);
  const isClean = files > 0 && leaks.length === 0;
  const seconds = (performance.now() - startedAt) / 1000;
  return { name: 'logs', ...countsOfOne(isClean), seconds };
}

function countsOfOne(hasPassed: boolean): Counts {
  return { passed: hasPassed ? 1 : 0, failed: hasPassed ? 0 : 1, failures: [] };
}

function report(results: readonly Result[]): void {
  console.log('\nsuite          passed  failed   seconds');
  for (const { name, passed, failed, seconds } of results) {
    const cells = [String(passed).padStart(6), String(failed).padStart(7), seconds.toFixed(1).padStart(9)];
    console.log(`${name.padEnd(14)} ${cells.join(' ')}`);
  }
  const sum = (of: (result: Result) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  const failed = sum(({ failed }) => failed);
  if (failed > 0) console.log('\nFailed:');
  for (const { name, failures } of results.filter((result) => result.failed > 0)) {
    for (const failure of failures) console.log(`  ${name}: ${failure}`);
    if (failures.length === 0) console.log(`  ${name}: see its output above`);
  }
  console.log(`\n${sum(({ passed }) => passed)} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

void main(process.argv.slice(2));
