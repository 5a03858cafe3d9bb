import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '../../stack/port-holder';
import { AppProcess } from '@libs/testing/app-process';
import { ChildProgram } from '@libs/testing/child-program';
import { PlayedNgrok } from './played-ngrok';

const main = resolve(__dirname, '../main.ts');
const root = resolve(__dirname, '../../..');

describe('make ngrok', () => {
  let stackDir: string;
  let api: AppProcess;
  let apiPort: number;

  beforeAll(async () => {
    stackDir = mkdtempSync(join(tmpdir(), 'ngrok-'));
    api = await AppProcess.start('processor-api', {
      STACK_DIR: stackDir,
      KAFKA_BROKERS: process.env.TEST_KAFKA_BROKERS,
      TRUSTED_PROXIES: '127.0.0.1/32',
    });
    apiPort = Number(new URL(api.url).port);
  });
  afterAll(async () => {
    await api.stop();
    rmSync(stackDir, { recursive: true });
  });

  async function ngrok(env: NodeJS.ProcessEnv): Promise<{ code: number | NodeJS.Signals; said: string }> {
    const { PATH, HOME } = process.env;
    const settings = {
      PATH,
      HOME,
      STACK_DIR: stackDir,
      PROCESSOR_PORT: String(apiPort),
      NGROK_API_PORT: '1',
    };
    const child = spawn(process.execPath, ['-r', '@swc-node/register', main], {
      cwd: root,
      env: { ...settings, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const program = new ChildProgram(child);
    const code = await program.exited;
    return { code, said: program.output };
  }

  it('refuses an API without keys, by its setting and by asking it', async () => {
    const bySetting = await ngrok({ AUTH_MODE: 'off', NGROK_DOMAIN: 'no domain' });
    expect(bySetting.code).toBe(1);
    expect(bySetting.said).toMatch(/AUTH_MODE: must not be off/);
    expect(bySetting.said).toMatch(/NGROK_DOMAIN: must be a name/);

    const open = await AppProcess.start('processor-api', {
      AUTH_MODE: 'off',
      KAFKA_BROKERS: process.env.TEST_KAFKA_BROKERS,
    });
    const byAsking = await ngrok({ PROCESSOR_PORT: new URL(open.url).port });
    await open.stop();
    expect(byAsking.code).toBe(1);
    expect(byAsking.said).toContain('The API that runs has AUTH_MODE=off');
  });

  it('says so when no API runs', async () => {
    const { code, said } = await ngrok({ PROCESSOR_PORT: String(await freePort()) });
    expect(code).toBe(1);
    expect(said).toContain('The API is not running');
  });

  it('prints the command while no agent runs', async () => {
    const { code, said } = await ngrok({ NGROK_DOMAIN: 'https://gpu.ngrok.app' });
    expect(code).toBe(0);
    expect(said).toContain(
      `ngrok http http://127.0.0.1:${apiPort} --inspect=false --url=https://gpu.ngrok.app`,
    );
  });

  it('shows the URL, and a key that is accepted through it; the second time the same', async () => {
    const played = await PlayedNgrok.before(apiPort);
    const agent = { NGROK_API_PORT: String(played.agentPort) };
    const { code, said } = await ngrok(agent);
    expect(code).toBe(0);
    const [, url = '', key = ''] = /URL {6}(\S+)\n {2}API key {2}(\S+)\n/.exec(said) ?? [];
    expect(url).toBe(played.url);
    const answer = await fetch(`${url}/v1/metadata`, {
      method: 'POST',
      headers: {
        'x-api-key': key,
        'content-type': 'application/json',
        'ngrok-skip-browser-warning': '1',
      },
      body: JSON.stringify({
        model: 'a-model',
        embedding: [1, 2],
        gpu: { deviceName: 'cpu' },
        capturedAt: '2026-11-21T05:39:39Z',
      }),
    });
    expect(answer.status).toBe(202);
    expect(api.output).toContain('"remote":"203.0.113.9"');
    expect(api.output).not.toContain(key);

    const file = join(stackDir, 'ngrok-notebook-api-key');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toBe(`${key}\n`);
    expect(readFileSync(join(stackDir, 'api-keys.json'), 'utf8')).not.toContain(key);
    expect((await ngrok(agent)).said).toContain(key);
    played.stop();
  });

  it('tells when the URL leads here but does not work', async () => {
    const played = await PlayedNgrok.before(apiPort);
    played.stopEdge();
    const { code, said } = await ngrok({ NGROK_API_PORT: String(played.agentPort) });
    expect(code).toBe(1);
    expect(said).toContain(`${played.url} leads here, but the API does not answer through it`);
    expect(said).not.toMatch(/API key {2}/);
    played.stop();
  });
});
