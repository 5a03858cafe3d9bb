import { table } from '../console/table';
import { partVariables } from './part-variables';
import { Part } from './part';
import { differingVariables } from './settings-fingerprint';
import { broughtInstead, partNames, type PartName, type StackSettings } from './stack-settings';

/** One line for each part; settings that differ are named, never shown. */
export function statusTable(settings: StackSettings): string {
  const titles = ['part', 'state', 'pid', 'port', 'other settings', 'log file'];
  const [header = '', , ...lines] = table(
    titles,
    partNames.map((name) => row(name, settings)),
  );
  return [header, ...lines].join('\n');
}

function row(name: PartName, settings: StackSettings): string[] {
  const part = new Part(name, settings.stackDir);
  const record = part.running();
  if (record === undefined) return [name, stateWhenStopped(name, settings), '-', '-', '-', part.logFile];
  const differing = differingVariables(record.settings, partVariables(name, settings));
  return [
    name,
    'running',
    String(record.pid),
    String(record.port),
    differing.join(', ') || '-',
    part.logFile,
  ];
}

function stateWhenStopped(name: PartName, settings: StackSettings): string {
  return broughtInstead(name, settings) === undefined ? 'stopped' : 'yours';
}
