import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../stack/port-holder';
import { Bastion } from './bastion';
import { TunnelProcess } from './tunnel-process';

/** The first time sshd is fetched. */
const FETCH_MS = 240_000;

describe('make tunnel that cannot begin', () => {
  let stackDir: string;
  let bastion: Bastion;
  let env: NodeJS.ProcessEnv;
  const started: TunnelProcess[] = [];

  beforeAll(async () => {
    stackDir = mkdtempSync(join(tmpdir(), 'tunnel-refusals-'));
    bastion = await Bastion.start();
    // Nothing has to answer at the far end: what is looked at comes before.
    const target = { TUNNEL_KAFKA: '', TUNNEL_K3S: '', TUNNEL_GRAFANA: '127.0.0.1:1' };
    env = { ...bastion.env, ...target, TUNNEL_GRAFANA_PORT: String(await freePort()) };
  }, FETCH_MS);
  // One that a failed test left would keep jest waiting.
  afterEach(() => {
    for (const tunnel of started.splice(0)) tunnel.signal('SIGTERM');
  });
  afterAll(async () => {
    await bastion.remove();
    rmSync(stackDir, { recursive: true });
  });

  function start(changes: NodeJS.ProcessEnv = {}): TunnelProcess {
    const tunnel = new TunnelProcess(stackDir, { ...env, ...changes });
    started.push(tunnel);
    return tunnel;
  }

  /** What it says before it ends with 1. */
  async function complaint(changes: NodeJS.ProcessEnv): Promise<string> {
    const tunnel = start(changes);
    expect(await tunnel.exited).toBe(1);
    return tunnel.output;
  }

  it('names all settings that are wrong, at once', async () => {
    const said = await complaint({ BASTION_HOST: '', BASTION_KEY: '/none.pem', TUNNEL_GRAFANA_PORT: '0' });
    expect(said).toMatch(/BASTION_HOST: must be set \(there is no infra\/terraform\/environments\/aws\)/);
    expect(said).toMatch(/BASTION_KEY: .*\/none\.pem does not exist/);
    expect(said).toMatch(/TUNNEL_GRAFANA_PORT: must be an integer/);
  });

  it('says so when the bastion does not know the key', async () => {
    const said = await complaint({ BASTION_KEY: bastion.strangeKey() });
    expect(said).toContain(`127.0.0.1 lets ${bastion.user} not in with this key`);
    expect(said).toContain('authorized_keys');
  });

  it('says so when the file is no key', async () => {
    const file = join(stackDir, 'no-key.pem');
    writeFileSync(file, 'nonsense\n', { mode: 0o600 });
    expect(await complaint({ BASTION_KEY: file })).toContain('the key file cannot be used');
    chmodSync(file, 0o644);
    expect(await complaint({ BASTION_KEY: file })).toContain(`chmod 600 ${file}`);
  });

  it('names who holds a port, and the variable that chooses another', async () => {
    const stranger: Server = createServer().listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const { port } = stranger.address() as AddressInfo;
    const said = await complaint({ TUNNEL_GRAFANA_PORT: String(port) });
    expect(said).toContain(`Port ${port} (TUNNEL_GRAFANA_PORT) is in use by pid ${process.pid}`);
    stranger.close();
  });

  it('says so when there is no ssh', async () => {
    expect(await complaint({ PATH: '/nonexistent' })).toContain('ssh is missing');
  });

  it('waits for a bastion that cannot be reached, and says what to check', async () => {
    const tunnel = start({ BASTION_PORT: String(await freePort()) });
    await tunnel.until('ssh', 'down');
    expect(tunnel.output).toMatch(/cannot be reached: connection refused; trying again\. Check BASTION_HOST/);
    expect(await tunnel.stop()).toBe(0);
  });

  it('refuses a bastion whose host key changed, also one that it was connected to', async () => {
    const tunnel = start();
    await tunnel.until('ssh', 'up');
    await bastion.close();
    bastion.changeHostKey();
    await bastion.open();
    expect(await tunnel.exited).toBe(1);
    expect(tunnel.output).toContain('the host key of 127.0.0.1 is not the one that was remembered');
    expect(tunnel.output).toContain(
      `ssh-keygen -f '${join(stackDir, 'known_hosts')}' -R '[127.0.0.1]:${bastion.port}'`,
    );
    expect(tunnel.hasSsh).toBe(false);
  });
});
