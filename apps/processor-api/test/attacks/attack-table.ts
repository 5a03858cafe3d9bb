import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { table } from '../../../../tools/console/table';
import { runDirectory } from '../../../../tools/stack/test/run-stack';

/** What one attack came to. */
export interface AttackRow {
  readonly attack: string;
  /** The statuses of its requests; `closed` where the connection was cut. */
  readonly answered: string;
  readonly seconds: number;
  readonly memoryMib: number;
  readonly neighbourP99Ms: number;
}

/** The rows of a run, kept in a file because each spec has a memory of its own. */
export class AttackTable {
  private readonly file = join(runDirectory(), 'attacks.ndjson');

  add(row: AttackRow): void {
    appendFileSync(this.file, `${JSON.stringify(row)}\n`);
  }

  print(): void {
    if (!existsSync(this.file)) return;
    const lines = readFileSync(this.file, 'utf8').trimEnd().split('\n');
    const rows = lines.map((line) => JSON.parse(line) as AttackRow);
    const titles = ['attack', 'answered', 'seconds', 'memory MiB', "neighbours' p99 ms"];
    const cells = rows.map((row) => [
      row.attack,
      row.answered,
      row.seconds.toFixed(1),
      row.memoryMib.toFixed(0),
      row.neighbourP99Ms.toFixed(0),
    ]);
    process.stderr.write(`\n${table(titles, cells).join('\n')}\n\n`);
  }
}
