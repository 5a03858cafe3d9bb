import type { ScenarioResult } from '../scenarios/scenario';
import { barChart } from './bar-chart';
import { medianOf } from './result-table';

const charted: ReadonlySet<string> = new Set(['ingest-json', 'ingest-packed', 'ingest-batch', 'sink']);

/** docs/images/performance.svg: the scenarios in which somebody else stands beside us. */
export function performanceChart(results: readonly ScenarioResult[]): string {
  const groups = results
    .filter(({ scenario }) => charted.has(scenario))
    .map(({ title, contestants }) => ({
      title,
      bars: contestants.map((one) => ({
        label: one.name,
        value: medianOf(one, 'recordsPerSecond'),
        isOurs: one.name.startsWith('ours'),
      })),
    }));
  return barChart('Records a second', groups);
}
