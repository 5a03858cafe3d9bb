import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { Ledger } from '../../../apps/metadata-worker/test/faults/ledger';
import { Load } from '../../../apps/metadata-worker/test/faults/load';
import { startLocalProcessor } from '../../stack/local-processor';
import { freePort } from '../../stack/port-holder';
import { Part } from '../../stack/part';
import { processIdentity } from '../../stack/process-identity';
import { stopStack } from '../../stack/stack';
import { statusTable } from '../../stack/status-table';
import type { StackSettings } from '../../stack/stack-settings';
import { ownTemporaryStack, removeStack } from '../../stack/test/temporary-stack';
import { eventually } from '@libs/testing/app-process';
import { Bastion } from './bastion';
import { FarEnds } from './far-ends';
import { PrivateKafka } from './private-kafka';
import { publishedRecords } from './published-records';
import { TunnelProcess } from './tunnel-process';

const model = 'through-a-bastion';
/** The first time sshd and Kafka are fetched. */
const FETCH_MS = 240_000;

describe('make tunnel and make run-local-processor', () => {
  let settings: StackSettings;
  let bastion: Bastion;
  let kafka: PrivateKafka;
  let farEnds: FarEnds;
  let tunnelEnv: NodeJS.ProcessEnv;
  let tunnel: TunnelProcess;

  beforeAll(async () => {
    const own = await ownTemporaryStack();
    settings = { ...own, env: { ...own.env, AUTH_MODE: 'off', PUBLISH_TIMEOUT_MS: '1000' } };
    [bastion, kafka, farEnds] = await Promise.all([
      Bastion.start(),
      PrivateKafka.start(settings),
      FarEnds.start(),
    ]);
    tunnelEnv = {
      ...bastion.env,
      TUNNEL_KAFKA: `127.0.0.1:${kafka.port}`,
      TUNNEL_K3S: `https://${farEnds.k3s}`,
      TUNNEL_GRAFANA: farEnds.grafana,
      TUNNEL_KAFKA_PORT: String(await freePort()),
      TUNNEL_K3S_PORT: String(await freePort()),
      TUNNEL_GRAFANA_PORT: String(await freePort()),
    };
    tunnel = new TunnelProcess(settings.stackDir, tunnelEnv);
    await Promise.all(['kafka', 'k3s', 'grafana'].map((name) => tunnel.until(name, 'up')));
  }, FETCH_MS);

  afterAll(async () => {
    await tunnel.stop();
    await stopStack(settings, undefined, ['processor-api']);
    const { APP_LOGS_DIR } = process.env;
    if (APP_LOGS_DIR) {
      cpSync(new Part('processor-api', settings.stackDir).logFile, join(APP_LOGS_DIR, 'local-processor.log'));
    }
    await kafka.stop();
    farEnds.stop();
    await bastion.remove();
    await removeStack(settings);
  });

  it('speaks with each far end, and tells which broker is where', () => {
    const near = (name: string): string => `127.0.0.1:${tunnelEnv[`TUNNEL_${name}_PORT`] ?? ''}`;
    expect(tunnel.statesOf('kafka')[0]).toMatch(/ cluster \S+, 1 broker$/);
    expect(tunnel.statesOf('k3s')).toEqual([
      `k3s       up   ${near('K3S')} → ${farEnds.k3s}  HTTPS answers 401`,
    ]);
    expect(tunnel.statesOf('grafana')).toEqual([
      `grafana   up   ${near('GRAFANA')} → ${farEnds.grafana}  Grafana 11.2.0`,
    ]);
    expect(tunnel.output).toContain(`brokers   ${PrivateKafka.advertised}=${near('KAFKA')}`);
    expect(tunnel.statesOf('kafka')).toHaveLength(1);
  });

  it('leads the API to a broker whose name does not resolve, and makes no topic there', async () => {
    const route = await startLocalProcessor(settings);
    expect(route).toMatchObject({ name: 'tunnel', brokers: PrivateKafka.advertised });
    expect(statusTable(settings)).toMatch(/processor-api +alone, through tunnel .* - /);
    expect(statusTable(settings)).toMatch(/a tunnel to .* runs \(pid \d+\), Kafka answers through it/);
    const inCluster = { ...settings, env: { ...settings.env, KAFKA_TOPIC_CREATE: 'true' } };
    await expect(startLocalProcessor(inCluster)).rejects.toThrow('KAFKA_TOPIC_CREATE is true');
    const reads = await fetch(`http://127.0.0.1:${settings.ports['processor-api']}/v1/metadata`);
    expect(reads.status).toBe(501);
  });

  it('loses nothing that was acknowledged while ssh is killed, the bastion drops us, or is away for a while', async () => {
    const url = `http://127.0.0.1:${settings.ports['processor-api']}`;
    const ledger = new Ledger(join(settings.stackDir, 'ledger'));
    const load = new Load(() => url, ledger, model, { dimension: 64 });
    load.start();
    await load.acknowledged(100);

    for (let round = 0; round < 3; round += 1) {
      const killed = tunnel.sshPid!;
      process.kill(killed, 'SIGKILL');
      expect(await eventually(() => tunnel.hasSsh && tunnel.sshPid !== killed, 30_000)).toBe(true);
      await load.acknowledged(50);
    }
    expect(bastion.killSessions()).toBe(1);
    await load.acknowledged(50);

    await bastion.close();
    await tunnel.until('kafka', 'down');
    const refused = await load.postOnce(model);
    expect(refused).toMatchObject({ status: 503, retryAfter: expect.stringMatching(/^\d+$/) });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    await bastion.open();
    await tunnel.until('kafka', 'up');
    await load.acknowledged(100);
    await load.finish();

    expect(load.silentRefusals).toBe(0);
    const records = await publishedRecords(kafka.directly());
    expect(ledger.missingFrom([]).length).toBe(ledger.lines);
    expect(ledger.missingFrom(records)).toEqual([]);
    expect(tunnel.statesOf('ssh')).toEqual(
      expect.arrayContaining([
        'ssh       up   the bastion let us in',
        'ssh       down ssh was ended by SIGKILL; trying again',
        'ssh       down 127.0.0.1 closed the connection; trying again',
        'ssh       down 127.0.0.1 cannot be reached: connection refused; trying again',
      ]),
    );
  });

  it('says what it cannot reach, while the rest goes on', async () => {
    farEnds.stop();
    const isTold = (): boolean =>
      /^grafana +down .*the bastion cannot reach .*: Connection refused$/.test(
        tunnel.statesOf('grafana').at(-1) ?? '',
      );
    expect(await eventually(isTold, 30_000)).toBe(true);
    expect(tunnel.statesOf('kafka').at(-1)).toMatch(/^kafka +up /);
  });

  it('refuses a second tunnel of the same STACK_DIR', async () => {
    const second = new TunnelProcess(settings.stackDir, tunnelEnv);
    expect(await second.exited).toBe(1);
    expect(second.output).toMatch(/A tunnel to .* runs already \(pid \d+\)/);
  });

  it('leaves no ssh behind when it is told to end', async () => {
    const ssh = tunnel.sshPid!;
    expect(await tunnel.stop()).toBe(0);
    expect(processIdentity(ssh)).toBeUndefined();
    await expect(startLocalProcessor({ ...settings, processorKafka: 'tunnel' })).rejects.toThrow(
      'No tunnel runs',
    );
  });

  it('ends what a tunnel that was killed left behind, and goes on', async () => {
    tunnel = new TunnelProcess(settings.stackDir, tunnelEnv);
    await tunnel.until('kafka', 'up');
    const left = tunnel.sshPid!;
    tunnel.signal('SIGKILL');
    await tunnel.exited;
    expect(tunnel.hasSsh).toBe(true);
    tunnel = new TunnelProcess(settings.stackDir, tunnelEnv);
    await tunnel.until('kafka', 'up');
    expect(tunnel.sshPid).not.toBe(left);
    expect(processIdentity(left)).toBeUndefined();
  });
});
