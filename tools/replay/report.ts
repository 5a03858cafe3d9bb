import { table } from '../console/table';
import { printable } from '../console/printable-text';
import type { Outcome } from './replay';
import type { Tally } from './tally';
import type { ReplayPlan } from './triage';

const maxNamed = 20;

/** What is selected, in one line. */
export function describePlan({ topic, sourceTopic, ranges, eventIds, codes }: ReplayPlan): string {
  const filled = ranges.filter(({ from, to }) => from < to);
  const offsets = filled.map(({ partition, from, to }) => `${partition}: ${from}–${to - 1n}`).join(', ');
  return [
    `From ${sourceTopic} to ${topic}`,
    filled.length === 0 ? 'no offsets' : `partition and offsets ${offsets}`,
    ...(eventIds.length > 0 ? [`event ids ${eventIds.join(', ')}`] : []),
    ...(codes.length > 0 ? [`codes ${codes.join(', ')}`] : []),
  ].join('; ');
}

/** What would be replayed. */
export function describeSurvey(tally: Tally): string {
  const header = ['partition', 'read', 'to replay', 'copies skipped'];
  const rows = rowsOf(tally, ({ read, selected, copies }) => [read, selected, copies]);
  return [...table(header, rows), ...codeLines(tally), ...timeLines(tally), ...skippedLines(tally)].join(
    '\n',
  );
}

/** What was replayed. */
export function describeOutcome({ tally, seconds, expired }: Outcome): string {
  const header = ['partition', 'read', 'selected', 'published', 'copies skipped'];
  const rows = rowsOf(tally, (one) => [one.read, one.selected, one.published, one.copies]);
  return [
    ...table(header, rows),
    ...codeLines(tally),
    ...skippedLines(tally),
    ...(expired > 0n
      ? [`${expired} offset(s) expired before they were read: the topic's retention took them.`]
      : []),
    `${tally.total('published')} published in ${seconds.toFixed(1)} s.`,
  ].join('\n');
}

type Counts = Tally['partitions'] extends ReadonlyMap<number, infer One> ? One : never;

function rowsOf(tally: Tally, cells: (counts: Counts) => number[]): string[][] {
  const sorted = [...tally.partitions].sort(([a], [b]) => a - b);
  const total: Counts = {
    read: tally.total('read'),
    selected: tally.total('selected'),
    published: tally.total('published'),
    copies: tally.total('copies'),
  };
  return [...sorted, ['all', total] as const].map(([name, counts]) => [
    String(name),
    ...cells(counts).map(String),
  ]);
}

function codeLines({ codes }: Tally): string[] {
  return [...codes].sort().map(([code, count]) => `${printable(code)}: ${count}`);
}

function timeLines({ first, last, bytes }: Tally): string[] {
  if (first === undefined || last === undefined) return [];
  return [`${bytes} bytes, taken by the broker from ${first.toISOString()} to ${last.toISOString()}`];
}

function skippedLines({ homeless, partial, tooLarge }: Tally): string[] {
  return [
    ...named('dead letter(s) do not tell where they came from and are left', homeless),
    ...named(
      'record(s) are only a part of what they were and are left: dlq-offset names the original',
      partial,
    ),
    ...named('record(s) are larger than the topic takes and are left: raise its max.message.bytes', tooLarge),
  ];
}

function named(what: string, positions: readonly string[]): string[] {
  if (positions.length === 0) return [];
  const rest = positions.length > maxNamed ? ` and ${positions.length - maxNamed} more` : '';
  return [`${positions.length} ${what} (${positions.slice(0, maxNamed).join(', ')}${rest})`];
}
