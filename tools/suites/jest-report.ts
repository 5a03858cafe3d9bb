import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';

/** What came of the tests of one suite. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** The file and the full name of each failed test; the file alone where none of its tests ran. */
  readonly failures: readonly string[];
}

/** Of what `jest --json` writes. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly FileResult[];
}

interface FileResult {
  readonly name: string;
  readonly status: string;
  readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
}

const ROOT = resolve(__dirname, '../..');

/** A run that failed without a failed test (a broken set-up, a threshold) counts as one failure. */
export function readJestReport(file: string, exitCode: number | null): Counts {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
    const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
    return {
      passed: report.numPassedTests,
      failed: failed === 0 && exitCode !== 0 ? 1 : failed,
      failures: report.testResults.flatMap(failuresOf),
    };
  } catch {
    return { passed: 0, failed: 1, failures: [] };
  }
}

function failuresOf({ name, status, assertionResults }: FileResult): string[] {
  if (status !== 'failed') return [];
  const file = relative(ROOT, name);
  const failed = assertionResults.filter((result) => result.status === 'failed');
  return failed.length === 0 ? [file] : failed.map(({ fullName }) => `${file}: ${fullName}`);
}
