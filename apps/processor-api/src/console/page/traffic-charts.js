import { Chart } from './chart.js';
import { part } from './element.js';
import { count, milliseconds, minuteOfDay } from './format.js';
import { table } from './table.js';
import { byMinute, latencyInWords, throughputInWords } from './traffic.js';

/** @typedef {import('./traffic.js').TrafficPoint} TrafficPoint */

/** Throughput and latency of the last minutes, as lines, in a sentence and as tables. */
export class TrafficCharts {
  #throughput = new Chart({
    id: 'throughput',
    unit: 'a second',
    lines: [
      { label: 'accepted', colour: 'blue', dash: [] },
      { label: 'refused', colour: 'red', dash: [6, 3] },
    ],
  });
  #latency = new Chart({
    id: 'latency',
    unit: 'ms',
    lines: [
      { label: 'half', colour: 'blue', dash: [] },
      { label: '95 %', colour: 'amber', dash: [8, 3] },
      { label: '99 %', colour: 'violet', dash: [2, 3] },
    ],
  });

  /** @param {readonly TrafficPoint[]} points */
  show(points) {
    const seconds = points.map(({ at }) => Date.parse(at) / 1000);
    const rates = [points.map(({ accepted }) => accepted), points.map(({ refused }) => refused)];
    const latencies = [
      points.map(({ p50Ms }) => p50Ms),
      points.map(({ p95Ms }) => p95Ms),
      points.map(({ p99Ms }) => p99Ms),
    ];
    this.#throughput.show(seconds, rates, throughputInWords(points));
    this.#latency.show(seconds, latencies, latencyInWords(points));
    showTables(points);
  }
}

/** @param {readonly TrafficPoint[]} points */
function showTables(points) {
  const minutes = byMinute(points);
  const throughput = minutes.map(({ atMs, accepted, refused }) => [
    minuteOfDay(atMs),
    count(accepted),
    count(refused),
  ]);
  const latency = minutes.map(({ atMs, p50Ms, p95Ms, p99Ms }) => [
    minuteOfDay(atMs),
    milliseconds(p50Ms),
    milliseconds(p95Ms),
    milliseconds(p99Ms),
  ]);
  part('throughput-table', HTMLDivElement).replaceChildren(
    table('Records of each minute', ['Minute', 'Accepted', 'Refused'], throughput),
  );
  part('latency-table', HTMLDivElement).replaceChildren(
    table(
      'The slowest second of each minute',
      ['Minute', 'Half within', '95 % within', '99 % within'],
      latency,
    ),
  );
}
