import { partVariables } from './part-variables';
import { Part } from './part';
import { differingVariables } from './settings-fingerprint';
import { broughtInstead, partNames, type PartName, type StackSettings } from './stack-settings';

/** One line for each part; settings that differ are named, never shown. */
export function statusTable(settings: StackSettings): string {
  const rows = [['part', 'state', 'pid', 'port', 'other settings', 'log file']];
  rows.push(...partNames.map((name) => row(name, settings)));
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  return rows
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
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
