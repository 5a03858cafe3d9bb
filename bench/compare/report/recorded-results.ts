import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ScenarioResult } from '../scenarios/scenario';
import { capacityPage } from './capacity-page';
import { performanceChart } from './performance-chart';
import { performancePage } from './performance-page';
import type { Provenance } from './provenance';
import type { RecordedResult } from './recorded-result';

const docs = resolve(__dirname, '../../../docs');

/** What was measured (JSON), and the pages and the chart that are made of it alone. */
export const resultFiles = {
  results: join(docs, 'performance.json'),
  page: join(docs, 'performance.md'),
  chart: join(docs, 'images', 'performance.svg'),
  capacity: join(docs, 'capacity.md'),
} as const;

export function recordedResults(): readonly RecordedResult[] {
  const { results } = resultFiles;
  return existsSync(results) ? (JSON.parse(readFileSync(results, 'utf8')) as RecordedResult[]) : [];
}

/** Puts these in the place of what was recorded of the same scenarios, in the order of `names`. */
export function record(measured: readonly ScenarioResult[], run: Provenance, names: readonly string[]): void {
  const byName = new Map<string, RecordedResult>(recordedResults().map((one) => [one.scenario, one]));
  for (const result of measured) byName.set(result.scenario, { ...result, run });
  const results = names.flatMap((name) => byName.get(name) ?? []);
  writeFileSync(resultFiles.results, `${JSON.stringify(results, null, 2)}\n`);
  writePages();
}

/** Makes the pages and the chart anew. */
export function writePages(): void {
  const results = recordedResults();
  writeFileSync(resultFiles.page, performancePage(results));
  writeFileSync(resultFiles.chart, performanceChart(results));
  writeFileSync(resultFiles.capacity, capacityPage(results));
}
