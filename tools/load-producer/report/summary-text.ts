import { GPU_METADATA_TOPIC } from '@libs/contracts';
import { printable, cut } from '../../console/printable-text';
import { table } from '../../console/table';
import type { LatencyFigures } from '../latency-histogram';
import type { Verification } from '../verify/verification';
import { bytesText, counted, rateText, timeText } from './figures-text';
import type { Summary } from './summary';

const LONGEST_MESSAGE = 100;

/** The summary for human eyes. */
export function summaryText(summary: Summary): string {
  const parts = [
    [`Run ${summary.run}: ${summary.topic} to ${summary.target}, ${summary.seconds.toFixed(1)} s`],
    table(['', ''], rowsOf(summary)).slice(2),
    answerLines(summary),
    refusalLines(summary),
    ...(summary.verification === null ? [] : [verificationLines(summary.verification, summary.topic)]),
  ];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function rowsOf(summary: Summary): string[][] {
  const { records, bottleneckSeconds: seconds } = summary;
  const all = seconds.connections + seconds.none + seconds.producer;
  return [
    ['sent', counted(records.sent)],
    ['acknowledged', counted(records.acknowledged)],
    ['refused', counted(records.refused)],
    [
      'failed',
      `${counted(records.failed)}${records.failed > 0 ? ' (no acknowledgement in time; they may be stored)' : ''}`,
    ],
    [
      'never sent',
      `${counted(records.neverSent)}${records.neverSent > 0 ? ' (too many were waiting: --max-waiting)' : ''}`,
    ],
    ...(records.leftUnsent > 0
      ? [['left unsent', `${counted(records.leftUnsent)} (waited when it was stopped)`]]
      : []),
    ['retries', counted(summary.retries)],
    ['rate', `${rateText(summary.achievedRate)} acknowledged, ${rateText(summary.wantedRate)} wanted`],
    ['sent bytes', `${bytesText(summary.bytes)} in ${counted(summary.requests)} request(s)`],
    ['latency', `${figuresText(summary.latencyMs)}  from arrival to acknowledgement`],
    ['answer time', `${figuresText(summary.answerMs)}  of a request`],
    ['own lateness', `max ${timeText(summary.ownLatenessMs)}  of this producer, part of the latency`],
    ...(summary.ceilingRate === null
      ? []
      : [['ceiling', `${rateText(summary.ceilingRate)} of this producer`]]),
    ...(seconds.producer > 0 ? [['bottleneck', `this producer, in ${seconds.producer} of ${all} s`]] : []),
    ...(seconds.connections > 0
      ? [
          [
            'held back',
            `in ${seconds.connections} of ${all} s records waited while all connections were busy`,
          ],
        ]
      : []),
  ];
}

function figuresText(figures: LatencyFigures | null): string {
  if (figures === null) return 'none';
  const { p50, p95, p99, max } = figures;
  return `p50 ${timeText(p50)}  p95 ${timeText(p95)}  p99 ${timeText(p99)}  max ${timeText(max)}`;
}

function answerLines({ answers }: Summary): string[] {
  const rows = Object.entries(answers).map(([label, count]) => [printable(label), counted(count)]);
  return rows.length === 0 ? [] : table(['answer', 'records'], rows);
}

function refusalLines({ refusals }: Summary): string[] {
  if (refusals.length === 0) return [];
  const rows = refusals.map(({ label, code, pointer, count, id, message }) =>
    [label, code, pointer ?? '', counted(count), id, cut(message, LONGEST_MESSAGE)].map(printable),
  );
  return table(['refused with', 'code', 'field', 'records', 'for example', 'message'], rows);
}

function verificationLines(found: Verification, topic: string): string[] {
  const where = found.where === 'api' ? 'through the API' : 'on the topic';
  const vectors = topic === GPU_METADATA_TOPIC ? ', vectors bit for bit' : '';
  const counts = [
    `${counted(found.equal)} of ${counted(found.acknowledged)} acknowledged records read back ${where} are equal${vectors}`,
    ...(found.missing > 0 ? [`${counted(found.missing)} missing`] : []),
    ...(found.differing > 0 ? [`${counted(found.differing)} different`] : []),
    ...(found.unread > 0 ? [`${counted(found.unread)} could not be read`] : []),
    ...(found.copies > 0 ? [`${counted(found.copies)} further copies of retried ones`] : []),
  ];
  return [
    `Verified in ${found.seconds.toFixed(1)} s: ${counts.join('; ')}`,
    ...(found.fault === undefined ? [] : [`Not verified: ${printable(found.fault)}`]),
    ...found.examples.map((example) => `  ${printable(example)}`),
  ];
}
