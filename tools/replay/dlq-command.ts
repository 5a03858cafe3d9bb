import { deadLetterTopic, GPU_METADATA_TOPIC } from '@libs/contracts';
import type { RawRecord } from '@libs/domain';
import { table } from '../console/table';
import { replayConfig } from './config';
import { connect } from './connection';
import { summaryOf, type DeadLetterSummary } from './dead-letter';
import { Interruption } from '../console/interruption';
import { letterPage } from './letter-page';
import { resolveRanges } from './offset-ranges';
import { cut, printable } from '../console/printable-text';
import { readRanges } from './range-reader';
import { ReplayError } from './replay-error';
import { parseSelection, type SelectionOptions } from './selection';
import { Triage } from './triage';

const longestCell = 80;
const mostShown = 100;

export interface ListOptions {
  readonly topic?: string;
  readonly code?: readonly string[];
  readonly limit: number;
  readonly json?: boolean;
}

/** The newest letters in a table, and how many there are of each code. */
export async function listLetters({ limit, json, ...selected }: ListOptions): Promise<void> {
  const letters: DeadLetterSummary[] = [];
  const codes = new Map<string, number>();
  await forEachLetter(selected, (record) => {
    const letter = summaryOf(record);
    codes.set(letter.code, (codes.get(letter.code) ?? 0) + 1);
    letters.push(letter);
    if (letters.length > limit) letters.shift();
  });
  if (json) console.log(JSON.stringify({ letters, codes: Object.fromEntries(codes) }, null, 2));
  else console.log(letterTable(letters, codes));
}

function letterTable(letters: readonly DeadLetterSummary[], codes: ReadonlyMap<string, number>): string {
  const header = ['letter', 'code', 'record', 'first published', 'failed at', 'attempts', 'key', 'message'];
  const rows = letters.map((one) => [
    one.position,
    one.code,
    one.refused ?? '-',
    one.origin ?? '-',
    one.failedAt,
    String(one.attempts ?? '-'),
    one.key ?? '-',
    one.message,
  ]);
  const total = [...codes.values()].reduce((sum, count) => sum + count, 0);
  return [
    ...(letters.length === 0
      ? []
      : [
          ...table(
            header,
            rows.map((row) => row.map((cell) => printable(cut(cell, longestCell)))),
          ),
          '',
        ]),
    ...[...codes].sort().map(([code, count]) => `${printable(code)}: ${count}`),
    `${total} dead letters${total > letters.length ? `, the last ${letters.length} shown (--limit)` : ''}`,
  ].join('\n');
}

export interface ShowOptions {
  readonly topic?: string;
  readonly raw?: boolean;
}

/** One letter by its PARTITION:OFFSET, or all with a key. */
export async function showLetters(which: string, { topic, raw }: ShowOptions): Promise<void> {
  const letters: RawRecord[] = [];
  const [, partition, offset] = /^(\d{1,9}):(\d{1,18})$/.exec(which) ?? [];
  const narrowed =
    partition === undefined || offset === undefined
      ? { eventId: [which] }
      : { partition, fromOffset: offset, toOffset: String(BigInt(offset) + 1n) };
  let found = 0;
  await forEachLetter({ ...(topic !== undefined && { topic }), ...narrowed }, (record) => {
    found += 1;
    if (letters.length < mostShown) letters.push(record);
  });
  if (letters.length === 0) {
    const name = deadLetterTopic(topic ?? GPU_METADATA_TOPIC);
    throw new ReplayError(`${name} has no letter ${which}.`, 'npm run dlq -- list shows those there are.');
  }
  if (raw) writeValue(letters);
  else console.log(letters.map(letterPage).join('\n\n'));
  if (found > letters.length) console.error(`${found} letters, the first ${mostShown} shown.`);
}

function writeValue([letter, ...others]: readonly RawRecord[]): void {
  if (others.length > 0) {
    throw new ReplayError(
      `There are ${others.length + 1} letters with this key.`,
      'Name one by its PARTITION:OFFSET to write its value.',
    );
  }
  process.stdout.write(letter?.value ?? '');
}

async function forEachLetter(options: SelectionOptions, see: (record: RawRecord) => unknown): Promise<void> {
  const { kafka: settings } = replayConfig();
  const selection = parseSelection({ ...options, dlq: true });
  const { kafka, admin } = await connect(settings);
  const { ranges } = await resolveRanges(admin, selection);
  const interruption = new Interruption();
  const triage = new Triage({ ...selection, ranges });
  await readRanges(
    kafka,
    { topic: selection.sourceTopic, ranges, signal: interruption.signal },
    (records) => {
      for (const record of records) if (triage.isMeant(record)) see(record);
      return Promise.resolve();
    },
  );
  if (interruption.exitCode !== undefined) process.exitCode = interruption.exitCode;
}
