import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { submissionBody } from '@libs/contracts/testing';
import { pythonEnvironment } from '../../../tools/stack/programs';
import { silentProgress } from '../../../tools/stack/progress';
import { stackSettings } from '../../../tools/stack/stack-settings';
import { AppProcess } from '../../../tools/testing/app-process';
import { postTo, startApi } from './api';
import { KeyFile } from './key-file';

const FOLDER = join(__dirname, 'schemathesis');
const LEAST_CASES = 2_000;
const RECORDS = 20;
const RUN_MS = 240_000;
const DATABASE = `schemathesis_${process.pid}`;

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
  let api: AppProcess;
  let worker: AppProcess;
  let key: string;

  beforeAll(async () => {
    const { TEST_KAFKA_BROKERS: brokers, TEST_MONGODB_URI: uri } = process.env;
    key = keys.add('fuzz');
    const database = { MONGODB_DB: DATABASE, KAFKA_BROKERS: brokers };
    [api, worker] = await Promise.all([
      startApi({
        ...database,
        AUTH_MODE: 'required',
        API_KEYS_FILE: keys.path,
        READ_MONGODB_URI: uri,
        // Every other case is sent without a key, or too often.
        RATE_LIMIT_ENABLED: 'false',
      }),
      AppProcess.start('metadata-worker', { ...database, MONGODB_URI: uri, KAFKA_GROUP_ID: DATABASE }),
    ]);
    const headers = { 'x-api-key': key };
    const body = JSON.stringify(submissionBody({ eventId: undefined }));
    for (let count = 0; count < RECORDS; count++) {
      const { status } = await postTo(api, '/v1/metadata', body, headers);
      expect(status).toBe(202);
    }
  }, 120_000);

  afterAll(async () => {
    expect(await Promise.all([api.stop(), worker.stop()])).toEqual([0, 0]);
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
          env: { PATH: process.env.PATH, API_KEY: key, HOOKS: join(FOLDER, 'msgpack_bodies.py') },
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
