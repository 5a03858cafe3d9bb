import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readJestReport } from './jest-report';

describe(readJestReport.name, () => {
  const folder = mkdtempSync(join(tmpdir(), 'jest-report-'));
  const file = join(folder, 'report.json');
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const report = (changes: object): void => {
    const counts = { numPassedTests: 2, numFailedTests: 0, numRuntimeErrorTestSuites: 0, testResults: [] };
    writeFileSync(file, JSON.stringify({ ...counts, ...changes }));
  };

  it('names each failed test, and each file of which no test ran', () => {
    report({
      numFailedTests: 2,
      numRuntimeErrorTestSuites: 1,
      testResults: [
        {
          name: resolve('apps/one.spec.ts'),
          status: 'failed',
          assertionResults: [
            { status: 'passed', fullName: 'one holds' },
            { status: 'failed', fullName: 'one breaks' },
            { status: 'failed', fullName: 'one breaks again' },
          ],
        },
        {
          name: resolve('apps/two.spec.ts'),
          status: 'passed',
          assertionResults: [{ status: 'passed', fullName: 'two holds' }],
        },
        { name: resolve('apps/three.spec.ts'), status: 'failed', assertionResults: [] },
      ],
    });
    expect(readJestReport(file, 1)).toEqual({
      passed: 2,
      failed: 3,
      failures: ['apps/one.spec.ts: one breaks', 'apps/one.spec.ts: one breaks again', 'apps/three.spec.ts'],
    });
  });

  it('counts one failure where the run failed and no test did', () => {
    report({});
    expect(readJestReport(file, 1)).toEqual({ passed: 2, failed: 1, failures: [] });
    expect(readJestReport(file, 0)).toEqual({ passed: 2, failed: 0, failures: [] });
  });

  it('counts one failure where there is no report', () => {
    expect(readJestReport(join(folder, 'none.json'), 0)).toEqual({ passed: 0, failed: 1, failures: [] });
  });
});
