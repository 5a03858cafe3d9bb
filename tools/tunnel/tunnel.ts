import { checkForward } from './forward-check';
import { addressText } from './address';
import { localHost } from './forward';
import { nextFreePort } from './local-ports';
import { SshConnection } from './ssh-connection';
import { StatusBoard } from './status-board';
import { knownProcess, type TunnelFile } from './tunnel-file';
import type { TunnelSettings } from './tunnel-settings';
import { TunnelSupervisor, type TunnelState } from './tunnel-supervisor';

/** Runs a tunnel until `signal` aborts; prints its status lines and keeps `file`. @throws StackError when it cannot go on */
export async function runTunnel(
  { bastion, forwards, kafkaAccess }: TunnelSettings,
  file: TunnelFile,
  signal: AbortSignal,
): Promise<void> {
  const print = (line: string): void => {
    console.log(line);
  };
  const supervisor = knownProcess(process.pid)!;
  const ports = new Set(forwards.map(({ localPort }) => localPort));
  const firstKafkaPort = forwards.find(({ kind }) => kind === 'kafka')?.localPort ?? 0;
  const earlier = file.latest()?.kafka?.brokers ?? {};
  let published: string | undefined;
  const publish = ({ sshPid, isKafkaUp, brokers }: TunnelState): void => {
    file.write({
      supervisor,
      ssh: knownProcess(sshPid) ?? null,
      bastion: `${bastion.user}@${addressText(bastion)}`,
      ...(brokers && { kafka: { isUp: isKafkaUp, brokers: Object.fromEntries(brokers) } }),
    });
    const map = brokers && [...brokers].map(([advertised, near]) => `${advertised}=${near}`).join(', ');
    if (map !== undefined && map !== published) print(brokersNote(map, published !== undefined));
    published = map ?? published;
  };
  const portFor = async ({ advertised }: { readonly advertised: string }): Promise<number> => {
    // The port it had before, so that an API that runs finds it again.
    const before = Number(earlier[advertised]?.slice(`${localHost}:`.length));
    const from = Number.isInteger(before) && !ports.has(before) ? before - 1 : firstKafkaPort;
    const port = await nextFreePort(from, ports);
    ports.add(port);
    return port;
  };
  const world = {
    connect: (all: TunnelSettings['forwards']) => new SshConnection(bastion, all),
    check: (forward: TunnelSettings['forwards'][number]) => checkForward(forward, kafkaAccess),
    portFor,
    publish,
  };
  const board = new StatusBoard(['ssh', ...forwards.map(({ name }) => name)], print);
  await new TunnelSupervisor(forwards, world, board).run(signal);
}

function brokersNote(map: string, isChange: boolean): string {
  return isChange
    ? `          brokers   ${map}\n          New to a local API that runs: make stop-local-processor && make run-local-processor`
    : `          brokers   ${map}\n          Next, in another terminal: make run-local-processor`;
}
