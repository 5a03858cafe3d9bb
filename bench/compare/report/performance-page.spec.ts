import { readFileSync } from 'node:fs';
import { barChart } from './bar-chart';
import { capacityPage } from './capacity-page';
import { goals, reached } from './goals';
import { performanceChart } from './performance-chart';
import { performancePage } from './performance-page';
import { recordedResults, resultFiles } from './recorded-results';
import { resultTable } from './result-table';

describe('docs/performance.md', () => {
  const results = recordedResults();

  it('is made of what was measured, and so is its chart: npm run performance', () => {
    expect(readFileSync(resultFiles.page, 'utf8')).toBe(performancePage(results));
    expect(readFileSync(resultFiles.chart, 'utf8')).toBe(performanceChart(results));
  });

  it('is what docs/capacity.md is reckoned from', () => {
    expect(readFileSync(resultFiles.capacity, 'utf8')).toBe(capacityPage(results));
  });

  it('tells medians, the spread and the ratio to the first', () => {
    const rounds = (...rates: number[]): { recordsPerSecond: number; processorMs: number }[] =>
      rates.map((recordsPerSecond) => ({ recordsPerSecond, processorMs: 0.25 }));
    const contestants = [
      { name: 'theirs', rounds: rounds(10, 30, 20) },
      { name: 'ours', rounds: rounds(50, 30, 40) },
    ];
    expect(resultTable({ contestants })).toEqual({
      header: ['', 'records/s', 'spread', 'ratio', 'CPU ms a record'],
      rows: [
        ['theirs', '20', '10 to 30', '1.00', '0.250'],
        ['ours', '40', '30 to 50', '2.00', '0.250'],
      ],
    });
  });

  it('knows every measure that a goal is about once all was measured', () => {
    const named = new Set(results.map(({ scenario }) => scenario));
    const due = goals.filter(({ of, to }) => [of, to ?? of].every(({ scenario }) => named.has(scenario)));
    for (const goal of due)
      expect([goal.measure, reached(goal, results)]).toEqual([goal.measure, expect.any(Number)]);
  });

  it('draws the longest bar as wide as there is room', () => {
    const bars = [
      { label: 'a & b', value: 50, isOurs: true },
      { label: 'c', value: 100, isOurs: false },
    ];
    const widths = [
      ...barChart('t', [{ title: 'g', bars }]).matchAll(/<rect x="\d+" y="\d+" width="([\d.]+)"/g),
    ];
    expect(widths.map(([, width]) => Number(width))).toEqual([228, 456]);
    expect(barChart('t', [{ title: 'g', bars }])).toContain('a &amp; b');
  });
});
