import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runDirectory } from '../../../../tools/stack/test/run-stack';

/** What one scenario came to. */
export interface Row {
  readonly scenario: string;
  readonly acknowledged: number;
  readonly stored: number;
  readonly lost: number;
  readonly wrong: number;
  /** Documents beside another of the same eventId, and records that the archive shows with two contents. */
  readonly twice: number;
  /** Documents that were seen to go back in time. */
  readonly back: number;
  readonly deadLettered: number;
  /** Records of the topic that the archive does not have; null without an archive. */
  readonly notArchived: number | null;
  /** By how many records the hourly counts differ from the documents; null while there are none. */
  readonly rollUpOff: number | null;
  readonly seconds: number;
  readonly apiMib: number;
  readonly workerMib: number;
}

const COLUMNS: readonly (readonly [title: string, of: (row: Row) => number | null])[] = [
  ['acknowledged', (row) => row.acknowledged],
  ['stored', (row) => row.stored],
  ['lost', (row) => row.lost],
  ['wrong', (row) => row.wrong],
  ['twice', (row) => row.twice],
  ['back', (row) => row.back],
  ['dead-lettered', (row) => row.deadLettered],
  ['not archived', (row) => row.notArchived],
  ['roll-up off', (row) => row.rollUpOff],
  ['seconds', (row) => row.seconds],
  ['API MiB', (row) => row.apiMib],
  ['worker MiB', (row) => row.workerMib],
];
const NAME_CHARACTERS = 58;

/** The rows of a run, kept in a file because each spec has a memory of its own, and may run beside another. */
export class Table {
  private readonly file = join(runDirectory(), 'faults.ndjson');

  /** Prints the row at once, past jest, which would keep it until the spec is over. */
  add(row: Row): void {
    if (this.rows.length === 0) say(header());
    appendFileSync(this.file, `${JSON.stringify(row)}\n`);
    say(lineOf(row));
  }

  /** Notes what was known only later. */
  rolledUp(scenario: string, rollUpOff: number | null): void {
    const row = this.rows.find((one) => one.scenario === scenario);
    appendFileSync(this.file, `${JSON.stringify({ ...row, rollUpOff })}\n`);
  }

  print(): void {
    const { rows } = this;
    if (rows.length > 0) say(['', header(), ...rows.map(lineOf), ''].join('\n'));
  }

  private get rows(): Row[] {
    if (!existsSync(this.file)) return [];
    const lines = readFileSync(this.file, 'utf8').split('\n');
    const rows = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row);
    return [...new Map(rows.map((row) => [row.scenario, row])).values()];
  }
}

/** One line of progress. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function header(): string {
  return ['scenario'.padEnd(NAME_CHARACTERS), ...COLUMNS.map(([title]) => title)].join('  ');
}

function lineOf(row: Row): string {
  const cells = COLUMNS.map(([title, of]) => String(of(row) ?? '-').padStart(title.length));
  return [row.scenario.padEnd(NAME_CHARACTERS), ...cells].join('  ');
}
