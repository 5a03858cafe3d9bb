import { table } from '../console/table';
import { partVariables } from './part-variables';
import { Part } from './part';
import { TunnelFile } from '../tunnel/tunnel-file';
import { differingVariables } from './settings-fingerprint';
import {
  broughtInstead,
  partNames,
  type KafkaRouteName,
  type PartName,
  type StackSettings,
} from './stack-settings';

const routeTexts: Readonly<Record<KafkaRouteName, string>> = {
  stack: "stack's Kafka",
  tunnel: 'through tunnel',
  yours: 'your Kafka',
};

/** One line for each part; settings that differ are named, never shown. */
export function statusTable(settings: StackSettings): string {
  const titles = ['part', 'state', 'pid', 'port', 'other settings', 'log file'];
  const [header = '', , ...lines] = table(
    titles,
    partNames.map((name) => row(name, settings)),
  );
  return [header, ...lines, ...tunnelLines(settings)].join('\n');
}

function row(name: PartName, settings: StackSettings): string[] {
  const part = new Part(name, settings.stackDir);
  const record = part.running();
  if (record === undefined) return [name, stateWhenStopped(name, settings), '-', '-', '-', part.logFile];
  const differing = differingVariables(record.settings, partVariables(name, settings, record.route));
  return [
    name,
    record.route === undefined ? 'running' : `alone, ${routeTexts[record.route]}`,
    String(record.pid),
    String(record.port),
    differing.join(', ') || '-',
    part.logFile,
  ];
}

function stateWhenStopped(name: PartName, settings: StackSettings): string {
  return broughtInstead(name, settings) === undefined ? 'stopped' : 'yours';
}

function tunnelLines({ stackDir }: StackSettings): string[] {
  const tunnel = new TunnelFile(stackDir).running();
  if (tunnel === undefined) return [];
  const { bastion, supervisor, kafka } = tunnel;
  const state = kafka?.isUp === true ? 'Kafka answers' : 'no Kafka answers';
  return ['', `a tunnel to ${bastion} runs (pid ${supervisor.pid}), ${state} through it`];
}
