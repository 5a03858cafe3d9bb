import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startApps } from '../app-start';
import { Part } from '../part';
import { stopStack } from '../stack';
import { statusTable } from '../status-table';
import type { AppName, StackSettings } from '../stack-settings';
import { removeStack, temporaryStack } from './temporary-stack';

const app = `require('node:http').createServer((_, response) => response.end()).listen(process.env.PORT, '127.0.0.1')`;

describe(startApps.name, () => {
  let settings: StackSettings;
  const notes: string[] = [];
  const progress = {
    step: <T>(_: string, work: (tell: () => void) => Promise<T>) => work(() => undefined),
    note: (text: string) => notes.push(text),
  };

  beforeEach(async () => {
    notes.length = 0;
    const repoDir = mkdtempSync(join(tmpdir(), 'gpu stack repository '));
    settings = {
      ...(await temporaryStack({ ...process.env, LOG_LEVEL: 'info', SHUTDOWN_GRACE_MS: '500' })),
      repoDir,
    };
    build('metadata-worker', 'migrate.js', '');
    build('metadata-worker', 'main.js', app);
    build('processor-api', 'main.js', app);
  });

  afterEach(async () => {
    await removeStack(settings);
    rmSync(settings.repoDir, { recursive: true });
  });

  it('starts both and restarts only the one that was killed', async () => {
    await startApps(settings, progress);
    const [api, worker] = [part('processor-api'), part('metadata-worker')];
    const before = { api: api.pid(), worker: worker.pid() };
    api.kill('SIGKILL');
    await api.ended(5000);

    await startApps(settings, progress);

    expect(worker.pid()).toBe(before.worker);
    expect(api.pid()).toBeDefined();
    expect(api.pid()).not.toBe(before.api);
  });

  it('names the settings that differ from those of the running app, never their values', async () => {
    await startApps(settings, progress);
    const changed = { ...settings, env: { ...settings.env, LOG_LEVEL: 'debug', RATE_LIMIT_BURST: 'secret' } };
    await startApps(changed, progress);
    expect(notes).toContain(
      '  processor-api runs with another LOG_LEVEL, RATE_LIMIT_BURST; apply with: make stop && make up',
    );
    expect(notes).toContain(
      '  metadata-worker runs with another LOG_LEVEL; apply with: make stop && make up',
    );
    expect(statusTable(changed)).toContain('LOG_LEVEL, RATE_LIMIT_BURST');
    expect(notes.join()).not.toMatch(/debug|secret/);
  });

  it('shows the end of the log of an app that ended while starting', async () => {
    build('processor-api', 'main.js', `console.error('KAFKA_BROKERS is no address'); process.exitCode = 1`);
    await expect(startApps(settings)).rejects.toThrow(
      /^processor-api ended while starting.*log:\n {4}KAFKA_BROKERS is no address$/s,
    );
  });

  it('starts no app when the migration fails', async () => {
    build('metadata-worker', 'migrate.js', `console.error('index conflict'); process.exitCode = 1`);
    await expect(startApps(settings)).rejects.toThrow(/^The migration failed.*index conflict$/s);
    expect(part('metadata-worker').pid()).toBeUndefined();
  });

  it('says so before it kills an app that does not end within its grace period', async () => {
    build('processor-api', 'main.js', `${app}; process.on('SIGTERM', () => undefined)`);
    await startApps(settings, progress);
    const pid = part('processor-api').pid() ?? 0;
    await stopStack(settings, progress);
    expect(notes).toContain(`  processor-api (pid ${pid}) did not end within 6 s: killing it`);
    expect(part('processor-api').pid()).toBeUndefined();
  });

  function part(name: AppName): Part {
    return new Part(name, settings.stackDir);
  }

  function build(name: AppName, file: string, source: string): void {
    const path = join(settings.repoDir, 'dist', name, 'apps', name, 'src', file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, source);
  }
});
