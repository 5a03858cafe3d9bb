import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonEnvironment } from '../../../tools/stack/programs';
import { silentProgress } from '../../../tools/stack/progress';
import { stackSettings } from '../../../tools/stack/stack-settings';
import type { AppProcess } from '@libs/testing/app-process';
import { startApi } from './api';
import { KeyFile } from '@libs/testing/key-file';
import { storedDocument, testDatabase, type TestDatabase } from './read-database';

const FOLDER = join(__dirname, 'schemathesis');
const LEAST_CASES = 2_000;
/** The event of the document's examples. */
const EXAMPLE_ID = '0198f2a0-7c1e-7a3b-9f60-2d1f0a6b4c55';
const RUN_MS = 400_000;

interface Report {
  readonly complete: boolean;
  readonly running_time: number;
  readonly operations: { readonly total: number; readonly tested: number };
  readonly test_cases: { readonly generated: number };
  readonly failures: readonly unknown[];
  readonly errors: readonly unknown[];
}

describe('schemathesis with all checks', () => {
  const keys = new KeyFile();
  const directory = mkdtempSync(join(tmpdir(), 'schemathesis-'));
  let test: TestDatabase;
  let api: AppProcess;
  let key: string;

  beforeAll(async () => {
    test = await testDatabase('schemathesis');
    const documents = [
      storedDocument({ _id: EXAMPLE_ID }),
      ...Array.from({ length: 20 }, () => storedDocument()),
    ];
    await test.database.collection<{ _id: string }>('gpu_metadata').insertMany(documents);
    key = keys.add('fuzz');
    api = await startApi({
      AUTH_MODE: 'required',
      API_KEYS_FILE: keys.path,
      READ_MONGODB_URI: test.uri,
      MONGODB_DB: test.name,
      RATE_LIMIT_ENABLED: 'false', // many cases are sent without a key
    });
  }, 60_000);

  afterAll(async () => {
    expect(await api.stop()).toBe(0);
    await test.drop();
    keys.remove();
    rmSync(directory, { recursive: true });
  }, 60_000);

  it(
    `finds no undocumented answer in ${LEAST_CASES} cases over all routes`,
    async () => {
      const { report, output } = await run();
      const { generated } = report.test_cases;
      const { total, tested } = report.operations;
      process.stdout.write(
        `schemathesis: ${generated} cases over ${tested} routes in ${report.running_time.toFixed(0)} s, ` +
          `${report.failures.length} failures\n`,
      );
      if (report.failures.length + report.errors.length > 0) throw new Error(output);
      expect(report.complete).toBe(true);
      expect(tested).toBe(total);
      expect(generated).toBeGreaterThanOrEqual(LEAST_CASES);
      expect(api.output.match(/"status":50[34],/g)?.length ?? 0).toBeLessThan(generated / 20);
    },
    RUN_MS,
  );

  async function run(): Promise<{ report: Report; output: string }> {
    const program = await pythonEnvironment(
      {
        name: 'schemathesis',
        label: 'Fetching schemathesis (pip)',
        requirements: join(FOLDER, 'requirements.txt'),
      },
      stackSettings(),
      silentProgress,
    );
    const reportFile = join(directory, 'report.json');
    const args = ['--no-color', '--config-file', join(FOLDER, 'schemathesis.toml'), 'run'];
    const report = ['--checks', 'all', '--report', 'json', '--report-json-path', reportFile];
    const output = await new Promise<string>((resolve) => {
      execFile(
        join(program, 'bin', 'python3'),
        ['-I', '-m', 'schemathesis.cli', ...args, `${api.url}/openapi.json`, ...report],
        {
          cwd: directory,
          env: { PATH: process.env.PATH, API_KEY: key, HOOKS: join(FOLDER, 'hooks.py') },
          maxBuffer: 2 ** 26,
        },
        (_error, stdout, stderr) => {
          resolve(stdout + stderr); // a failure is told by the report
        },
      );
    });
    return { report: JSON.parse(readFileSync(reportFile, 'utf8')) as Report, output };
  }
});
