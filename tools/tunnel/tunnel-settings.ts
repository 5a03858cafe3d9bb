import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { kafkaFaults, kafkaSettings, toKafkaSettings } from '../../libs/platform/src/kafka/kafka-settings';
import {
  integer,
  readSettings,
  type CrossCheck,
  type GivenVariables,
} from '../../libs/platform/src/settings';
import { parseAddress, type Address } from './address';
import type { Forward, ForwardKind } from './forward';
import type { KafkaAccess } from './kafka-check';
import { keyFileFault } from './key-file-fault';
import type { Bastion } from './ssh-command';
import { variableOfOutput, type TerraformOutputs } from './terraform-outputs';

export interface TunnelSettings {
  readonly bastion: Bastion;
  readonly forwards: readonly Forward[];
  readonly kafkaAccess: KafkaAccess;
}

const off = 'off';
const targetVariables = { kafka: 'TUNNEL_KAFKA', k3s: 'TUNNEL_K3S', grafana: 'TUNNEL_GRAFANA' } as const;
/** The local port of each forward. */
export const portVariables = {
  kafka: 'TUNNEL_KAFKA_PORT',
  k3s: 'TUNNEL_K3S_PORT',
  grafana: 'TUNNEL_GRAFANA_PORT',
} as const satisfies Record<ForwardKind, string>;
const defaultPorts = { kafka: 9092, k3s: 16_443, grafana: 3000 } as const;
const kinds: readonly ForwardKind[] = ['kafka', 'k3s', 'grafana'];

const target = (byDefault: string): z.ZodType<string> =>
  z
    .string()
    .refine((text) => text === off || targetAddress(text) !== undefined, {
      error: 'must be host:port as the bastion sees it, or off',
    })
    .default(byDefault);
// Neither can begin with a dash, which ssh would read as an option.
const word = z.string().regex(/^[^\s\-@][^\s@]*$/, 'must be a name without spaces');

const schema = z.object({
  ...kafkaSettings,
  STACK_DIR: z.string().default('.stack'),
  BASTION_HOST: word.optional(),
  BASTION_USER: word.default('ec2-user'),
  BASTION_PORT: integer(1, 65_535, 22),
  BASTION_KEY: z.string().optional(),
  TUNNEL_KAFKA: target('kafka-0.kafka-svc.platform.svc.cluster.local:9092'),
  TUNNEL_K3S: target('k3s-api:6443'),
  TUNNEL_GRAFANA: target('grafana:3000'),
  TUNNEL_KAFKA_PORT: integer(1, 65_535, defaultPorts.kafka),
  TUNNEL_K3S_PORT: integer(1, 65_535, defaultPorts.k3s),
  TUNNEL_GRAFANA_PORT: integer(1, 65_535, defaultPorts.grafana),
});

/** The tunnel's settings: the environment's, else what Terraform tells; @throws ConfigurationFault with all faults at once */
export function tunnelSettings(
  env: NodeJS.ProcessEnv,
  terraform: TerraformOutputs,
  { repoDir, stackDir }: { readonly repoDir: string; readonly stackDir: string },
): TunnelSettings {
  const merged = { ...fromTerraform(terraform), ...given(env) };
  const read = readSettings(schema, merged, (all) => [
    ...hostFaults(all, terraform),
    ...keyFaults(all, repoDir),
    ...portFaults(all),
    ...kafkaFaults(all),
  ]);
  const { tls, sasl } = toKafkaSettings(read, 'tunnel', false);
  return {
    bastion: {
      host: read.BASTION_HOST ?? '',
      port: read.BASTION_PORT,
      user: read.BASTION_USER,
      keyFile: keyFileOf(read.BASTION_KEY, repoDir),
      knownHostsFile: join(stackDir, 'known_hosts'),
    },
    forwards: kinds.flatMap((kind): Forward[] => {
      const address = targetAddress(read[targetVariables[kind]]);
      const localPort = read[portVariables[kind]];
      return address === undefined ? [] : [{ name: kind, kind, localPort, target: address }];
    }),
    kafkaAccess: { ...(tls && { tls }), ...(sasl && { sasl }) },
  };
}

/** A variable that is empty counts as not set, but for a target, which it switches off. */
function given(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const targets = Object.values(targetVariables).filter((name) => env[name] === '');
  const isSet = ([, value]: [string, string | undefined]): boolean => value !== undefined && value !== '';
  return {
    ...Object.fromEntries(Object.entries(env).filter(isSet)),
    ...Object.fromEntries(targets.map((name) => [name, off])),
  };
}

function fromTerraform({ values }: TerraformOutputs): NodeJS.ProcessEnv {
  const names = Object.keys(variableOfOutput) as (keyof typeof variableOfOutput)[];
  return Object.fromEntries(names.map((name) => [variableOfOutput[name], values[name]]));
}

const hostFaults = (all: GivenVariables, { problem }: TerraformOutputs): readonly string[] => {
  if (all.BASTION_HOST !== undefined) return [];
  return [`BASTION_HOST: must be set${problem === undefined ? '' : ` (${problem})`}`];
};

const keyFaults = (all: GivenVariables, repoDir: string): readonly string[] => {
  const file = keyFileOf(all.BASTION_KEY, repoDir);
  const fault = file === undefined ? undefined : keyFileFault(file);
  return fault === undefined ? [] : [`BASTION_KEY: ${fault}`];
};

const portFaults: CrossCheck = (all) => {
  const used = kinds.filter((kind) => all[targetVariables[kind]] !== off);
  if (used.length === 0) return [`${targetVariables.kafka}: must not be off when the others are too`];
  const ports = used.map((kind) => all[portVariables[kind]] ?? String(defaultPorts[kind]));
  const twice = used.find((_, at) => ports.indexOf(ports[at]!) !== at);
  return twice === undefined ? [] : [`${portVariables[twice]}: must be another port than that of the others`];
};

/** `~` is left to us where make passes it on as it is. */
function keyFileOf(text: string | undefined, repoDir: string): string | undefined {
  return text === undefined ? undefined : resolve(repoDir, text.replace(/^~(?=\/)/, homedir()));
}

/** An address, or the host and port of a URL; undefined for anything else, `off` among it. */
function targetAddress(text: string): Address | undefined {
  const [, authority = text] = /^https?:\/\/([^/]+)\/?$/.exec(text) ?? [];
  return parseAddress(authority);
}
