import { goals, reached, type Goal } from './goals';
import { markdownTable } from './markdown-table';
import type { RecordedResult } from './recorded-result';
import { resultTable } from './result-table';

/** docs/performance.md, of nothing but what was measured. */
export function performancePage(results: readonly RecordedResult[]): string {
  return `${[
    '# Performance',
    '',
    'Beside what people would take in its place, on one machine, broker and database included. `make bench` measures all',
    'of it again and writes this page: no number here is written by hand. Every round was held against what was sent, on',
    'the topic or in the database; one that lost or changed a record ends the run. Figures are medians over the rounds,',
    'which alternate between the sides; *spread* is the least and the most of a round, *ratio* is to the first row.',
    '',
    '![records a second, side by side](images/performance.svg)',
    '',
    '## Goals',
    '',
    ...markdownTable(
      ['measure', 'goal', 'measured', ''],
      goals.flatMap((goal) => goalRow(goal, results)),
    ),
    ...results.flatMap(scenarioPart),
    '',
    '## How it was measured',
    '',
    ...method,
    '',
    ...markdownTable(['scenario', 'when', 'commit', 'rounds', 'machine'], results.map(runRow)),
    '',
    ...versionLines(results),
  ].join('\n')}\n`;
}

const method = [
  '- **Bento** takes each POST with `http_server` and answers once `kafka_franz` has the record on all in-sync replicas.',
  '  Tuned: no compression and batches of 32, or of what 1 ms brings, gave it half as much again as its defaults, Snappy',
  '  and no batches. Batches of 8 or 16 gave the same; waiting 2 or 5 ms, and the older output `kafka`, less; 64 or 1024',
  '  in flight instead of 256, and partitions in turns, nothing.',
  '- **producer-perf-test** is Kafka’s own, `acks=all`, `linger.ms=5`, `batch.size=524288`, with the values we publish.',
  '- **Kafka Connect** runs standalone with the heap of its own script (2 GiB), two tasks, 500 records a poll, 8 MiB a',
  '  partition in a fetch, unordered bulk writes that replace or insert by `_id`. It stores the vector as text, as it',
  '  stands in the record; the worker checks it and stores it as binary. Tuned: the parallel collector made it a sixth',
  '  faster than the script’s G1. One task, 1000 records a poll and a record that the connector parses itself were not',
  '  faster, nor were three tasks or 2000 a poll beside that collector.',
  '- The database of the sink is SecantusDB’s server in Rust, which does not wait for the disk at each write.',
  '- **The bare loop** makes the bulk writes of the worker, as large and as many at once, with documents that lie ready.',
  '- Each round of the sink has an empty database with the product’s indexes and a new group of consumers. What is stored',
  '  before a partition is through its third of the records warms up and is not counted, nor is the start.',
  '- POST → stored is what a reader sees: every fourth record is asked for by id each millisecond from its POST on.',
];

function scenarioPart(result: RecordedResult): string[] {
  const { header, rows } = resultTable(result);
  return ['', `## ${result.scenario}`, '', `${capital(result.title)}.`, '', ...markdownTable(header, rows)];
}

function goalRow(goal: Goal, results: readonly RecordedResult[]): string[][] {
  const value = reached(goal, results);
  if (value === undefined) return [];
  const { measure, atLeast, atMost } = goal;
  const wanted = atLeast !== undefined ? `≥ ${atLeast}` : atMost !== undefined ? `≤ ${atMost}` : '';
  const isMet = value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity);
  return [[measure, wanted, value.toFixed(2), wanted === '' ? '' : isMet ? 'met' : 'not met']];
}

function runRow({ scenario, run: { at, commit, rounds, machine } }: RecordedResult): string[] {
  const { cpu, cores, memoryGib } = machine;
  return [
    scenario,
    at.slice(0, 16).replace('T', ' '),
    commit,
    String(rounds),
    `${cpu}, ${cores} cores, ${memoryGib} GiB`,
  ];
}

function versionLines(results: readonly RecordedResult[]): string[] {
  const named = results.flatMap(({ run }) =>
    Object.entries(run.versions).map(([name, version]) => `${name} ${version}`),
  );
  return [`Versions: ${[...new Set(named)].join(', ')}.`];
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
