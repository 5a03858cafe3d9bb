import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigurationFault } from '../../libs/platform/src/settings';
import { tunnelSettings, type TunnelSettings } from './tunnel-settings';

describe(tunnelSettings.name, () => {
  let folder: string;
  let key: string;
  const nothing = { values: {}, problem: 'there is no infra/terraform/environments/aws' };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tunnel-settings-'));
    key = join(folder, 'ca4.pem');
    writeFileSync(key, 'a key', { mode: 0o600 });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const settingsOf = (
    env: NodeJS.ProcessEnv,
    terraform: Parameters<typeof tunnelSettings>[1] = nothing,
  ): TunnelSettings => tunnelSettings(env, terraform, { repoDir: folder, stackDir: '/stack' });
  const faultsOf = (env: NodeJS.ProcessEnv): readonly string[] => {
    try {
      settingsOf(env);
      return [];
    } catch (error) {
      return (error as ConfigurationFault).faults;
    }
  };

  it("needs the bastion's address alone", () => {
    const { bastion, forwards } = settingsOf({ BASTION_HOST: 'bastion' });
    expect(bastion).toEqual({
      host: 'bastion',
      port: 22,
      user: 'ec2-user',
      keyFile: undefined,
      knownHostsFile: '/stack/known_hosts',
    });
    expect(
      forwards.map(({ name, localPort, target }) => [name, localPort, target.host, target.port]),
    ).toEqual([
      ['kafka', 9092, 'kafka-0.kafka-svc.platform.svc.cluster.local', 9092],
      ['k3s', 16_443, 'k3s-api', 6443],
      ['grafana', 3000, 'grafana', 3000],
    ]);
  });

  it("takes Terraform's outputs, and the environment before them", () => {
    const values = {
      bastion_public_ip: '203.0.113.7',
      ssh_private_key_path: key,
      k3s_api_endpoint: 'https://10.0.1.5:6443',
      grafana_endpoint: 'http://10.0.1.5:3000/',
    };
    const { bastion, forwards } = settingsOf({ TUNNEL_GRAFANA: '10.0.1.6:3001' }, { values });
    expect(bastion).toMatchObject({ host: '203.0.113.7', keyFile: key });
    expect(forwards.map(({ target }) => target).slice(1)).toEqual([
      { host: '10.0.1.5', port: 6443 },
      { host: '10.0.1.6', port: 3001 },
    ]);
  });

  it('switches a forward off that is empty or off', () => {
    const { forwards } = settingsOf({ BASTION_HOST: 'bastion', TUNNEL_K3S: '', TUNNEL_GRAFANA: 'off' });
    expect(forwards.map(({ name }) => name)).toEqual(['kafka']);
  });

  it('names all faults at once', () => {
    const faults = faultsOf({
      BASTION_PORT: '0',
      BASTION_USER: '-oProxyCommand=x',
      BASTION_KEY: 'none.pem',
      TUNNEL_K3S: 'nonsense',
      TUNNEL_K3S_PORT: '7000',
      TUNNEL_GRAFANA_PORT: '7000',
    });
    expect(faults.toSorted()).toEqual([
      'BASTION_HOST: must be set (there is no infra/terraform/environments/aws)',
      `BASTION_KEY: must name the private key's file, and ${join(folder, 'none.pem')} does not exist`,
      'BASTION_PORT: must be an integer from 1 to 65535',
      'BASTION_USER: must be a name without spaces',
      'TUNNEL_GRAFANA_PORT: must be another port than that of the others',
      'TUNNEL_K3S: must be host:port as the bastion sees it, or off',
    ]);
  });

  it('refuses a key that others can read, as ssh does', () => {
    chmodSync(key, 0o644);
    expect(faultsOf({ BASTION_HOST: 'bastion', BASTION_KEY: key })).toEqual([
      `BASTION_KEY: must be a file that others cannot read, or ssh refuses it: chmod 600 ${key}`,
    ]);
    chmodSync(key, 0o600);
  });

  it("finds a key below the user's home", () => {
    expect(faultsOf({ BASTION_HOST: 'bastion', BASTION_KEY: '~/.ssh/none' })[0]).toContain(
      join(homedir(), '.ssh', 'none'),
    );
  });

  it('refuses a tunnel that forwards nothing', () => {
    const none = { BASTION_HOST: 'bastion', TUNNEL_KAFKA: '', TUNNEL_K3S: '', TUNNEL_GRAFANA: '' };
    expect(faultsOf(none)).toEqual(['TUNNEL_KAFKA: must not be off when the others are too']);
  });
});
