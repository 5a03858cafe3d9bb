import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { MetadataTopic } from '@libs/testing/metadata-topic';
import { kafkaBrokers, mongodbUri } from '@libs/testing/test-stack';
import { WorkerUnderTest } from '@libs/testing/worker-under-test';
import { KeyFile } from '@libs/testing/key-file';
import { findInterpreters } from '../../tools/python/interpreters';
import { pythonTools } from '../../tools/python/python-tools';
import { freePort } from '../../tools/stack/port-holder';
import { AppProcess, eventually } from '@libs/testing/app-process';
import { ChildProgram } from '@libs/testing/child-program';

const NOTEBOOKS = resolve(__dirname, '..');
const KILL_WITHIN_MS = 60_000;

jest.setTimeout(300_000);

describe('gpu_metadata_client.py against the API', () => {
  const folder = mkdtempSync(join(tmpdir(), 'client-'));
  const keys = new KeyFile();
  const apiKey = keys.add('notebook');
  const [oldest, newest] = findInterpreters(process.env);
  let port: number;
  let worker: WorkerUnderTest;
  let workerApp: AppProcess;
  let topic: MetadataTopic;
  let api: AppProcess;

  const startApi = async (): Promise<AppProcess> => {
    const settings = {
      PORT: String(port),
      API_KEYS_FILE: keys.path,
      KAFKA_BROKERS: kafkaBrokers,
      READ_MONGODB_URI: mongodbUri,
      MONGODB_DB: worker.database,
    };
    const app = AppProcess.spawn('processor-api', settings, port);
    await app.until('/health/ready');
    return app;
  };

  beforeAll(async () => {
    port = await freePort();
    [worker, topic] = await Promise.all([WorkerUnderTest.prepare(), MetadataTopic.open()]);
    [workerApp, api] = await Promise.all([worker.start(), startApi()]);
  });
  afterAll(async () => {
    await Promise.all([api.stop(), workerApp.stop()]);
    await Promise.all([topic.close(), worker.discard()]);
    keys.remove();
    rmSync(folder, { recursive: true });
  });

  it.each([oldest, newest])('holds what it promises on Python $version', async (interpreter) => {
    const killFile = join(folder, interpreter.version);
    const python = await pythonTools(interpreter);
    const tests = new ChildProgram(
      spawn(python, ['-m', 'pytest', '--quiet', 'test/against_api.py'], {
        cwd: NOTEBOOKS,
        env: {
          PATH: process.env.PATH,
          PYTHONDONTWRITEBYTECODE: '1',
          GPU_API_URL: api.url,
          GPU_API_KEY: apiKey,
          GPU_KILL_FILE: killFile,
        },
      }),
    );
    if (await eventually(() => existsSync(killFile), KILL_WITHIN_MS, tests.exited)) {
      api.signal('SIGKILL');
      await api.exited;
      api = await startApi();
    }
    const code = await tests.exited;
    expect(code === 0 ? '' : tests.output).toBe('');
    expect(tests.output).toMatch(/\d+ passed/);
    expect(existsSync(killFile)).toBe(true);
  });
});
