import { addressText, type Address } from './address';
import { localHost, type Forward } from './forward';

/** Who and where the bastion is. */
export interface Bastion {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Absolute; undefined where ssh's own keys or agent are used. */
  readonly keyFile: string | undefined;
  /** Where the bastion's host key is remembered; absolute. */
  readonly knownHostsFile: string;
}

// Silence of 15 s ends the connection: long before a producer gives up, and short pauses of a mobile network pass.
const aliveIntervalSeconds = 5;
const aliveCount = 3;
const connectSeconds = 10;

/** The arguments of `ssh` that keep the forwards, run nothing on the bastion, and never ask for anything. */
export function sshArguments(bastion: Bastion, forwards: readonly Forward[]): string[] {
  const options = {
    BatchMode: 'yes',
    ConnectTimeout: connectSeconds,
    ServerAliveInterval: aliveIntervalSeconds,
    ServerAliveCountMax: aliveCount,
    ExitOnForwardFailure: 'yes',
    // A new key is remembered, a changed one refused.
    StrictHostKeyChecking: 'accept-new',
    UserKnownHostsFile: quoted(bastion.knownHostsFile),
    HashKnownHosts: 'no',
    UpdateHostKeys: 'no',
    // The user's configuration counts, but a shared connection would end or outlive ours.
    ControlMaster: 'no',
    ControlPath: 'none',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    PermitLocalCommand: 'no',
    // Says when the bastion has let us in.
    LogLevel: 'VERBOSE',
    ...(bastion.keyFile !== undefined && { IdentitiesOnly: 'yes' }),
  };
  return [
    '-N',
    '-T',
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...(bastion.keyFile === undefined ? [] : ['-i', bastion.keyFile]),
    ...forwards.flatMap(({ localPort, target }) => [
      '-L',
      `${localHost}:${localPort}:${addressText(target)}`,
    ]),
    '-p',
    String(bastion.port),
    '-l',
    bastion.user,
    '--',
    bastion.host,
  ];
}

/** How to forget the host key of a bastion that was built anew. */
export function forgetHostKeyCommand({
  host,
  port,
  knownHostsFile,
}: Omit<Bastion, 'user' | 'keyFile'>): string {
  return `ssh-keygen -f '${knownHostsFile}' -R '${knownName({ host, port })}'`;
}

/** The name under which ssh remembers a host. */
function knownName({ host, port }: Address): string {
  return port === 22 ? host : `[${host}]:${port}`;
}

/** A file name for one of ssh's options, where a space would begin another file and a percent sign a token. */
function quoted(file: string): string {
  return `"${file.replaceAll('%', '%%')}"`;
}
