import '@libs/platform/require-node';
import { parseArgs } from 'node:util';
import { parseTimestamp, timestampFault } from '@libs/contracts';
import { HOUR_MS, hourOf, isPastRetention } from '@libs/domain';
import { runOnDatabase } from './adapters/mongo/database-program';
import { MongoHourlyRollups } from './adapters/mongo/mongo-hourly-rollups';
import { runCommand, UsageFault } from '@libs/platform';
import type { WorkerConfig } from './config';

const USAGE = `Usage: npm run rollup -- --from TIME [--to TIME] [--dry-run] [--past-retention]

Recounts gpu_metadata_hourly from the documents, for each UTC hour from TIME up to and without the other TIME
(now). Runs beside the worker, and as often as you like. Reads the settings of the worker.

  --from, --to       such as 2026-11-01 or 2026-11-01T06:00:00Z
  --dry-run          says which hours would change, and writes nothing
  --past-retention   recounts hours older than RETENTION_DAYS too: what is deleted is no longer counted

Exit code: 0 done, 1 failed or another process holds the roll-ups, 2 wrong options.
`;
const options = () =>
  parseArgs({
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      'past-retention': { type: 'boolean', default: false },
    },
  }).values;

const PATIENCE_MS = 60_000;
const PROGRESS_EVERY_MS = 5_000;

interface Change {
  readonly written: number;
  readonly removed: number;
}

/** How to recount one hour, and how to tell what that changed. */
interface Mode {
  readonly recount: (hour: Date) => Promise<Change>;
  readonly tell: (change: Change) => string;
}

function real(rollups: MongoHourlyRollups): Mode {
  return {
    recount: async (hour) => {
      const outcome = await rollups.recount(hour);
      if (outcome.kind === 'busy') throw new Error(`another process held the roll-ups for ${PATIENCE_MS} ms`);
      return outcome;
    },
    tell: ({ written, removed }) => `${written} group(s) written, ${removed} removed`,
  };
}

function dry(rollups: MongoHourlyRollups): Mode {
  return {
    recount: async (hour) => {
      const { written, removed } = await rollups.changes(hour);
      return { written: written.length, removed: removed.length };
    },
    tell: ({ written, removed }) => `${written} group(s) to write, ${removed} to remove`,
  };
}

async function recountAll(hours: readonly Date[], { recount, tell }: Mode): Promise<void> {
  const differed: Change[] = [];
  let toldAt = performance.now();
  for (const [at, hour] of hours.entries()) {
    const change = await recount(hour);
    if (change.written + change.removed > 0) {
      say(`${hour.toISOString()} ${tell(change)}`);
      differed.push(change);
    }
    if (performance.now() - toldAt < PROGRESS_EVERY_MS) continue;
    say(`${at + 1} of ${hours.length} hours`);
    toldAt = performance.now();
  }
  const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
  const total = {
    written: sum(differed.map(({ written }) => written)),
    removed: sum(differed.map(({ removed }) => removed)),
  };
  say(`${hours.length} hour(s) recounted, ${differed.length} differed: ${tell(total)}`);
}

/** @throws UsageFault */
function hoursBetween(from: Date, to: Date): readonly Date[] {
  const first = hourOf(from).getTime();
  const count = Math.ceil((to.getTime() - first) / HOUR_MS);
  if (count < 1) throw new UsageFault('--to must be later than --from');
  return Array.from({ length: count }, (_, at) => new Date(first + at * HOUR_MS));
}

/** A time, or the beginning of a day in UTC; @throws UsageFault */
function timeOf(option: string, given = ''): Date {
  const text = /^\d{4}-\d\d-\d\d$/.test(given) ? `${given}T00:00:00Z` : given;
  const time = parseTimestamp(text);
  if (time) return time;
  throw new UsageFault(
    `${option} must be a time such as 2026-11-01 or 2026-11-01T06:00:00Z: ${timestampFault(text)}`,
  );
}

function refuseOld(first: Date, { retentionDays }: WorkerConfig): void {
  if (!isPastRetention(first, new Date(), retentionDays)) return;
  throw new Error(
    `${first.toISOString()} is older than RETENTION_DAYS: its documents may be gone, and its figures would ` +
      'shrink; choose a later --from, or say --past-retention',
  );
}

function say(line: string): void {
  process.stdout.write(`rollup: ${line}\n`);
}

void runCommand(USAGE, options, async ({ from, to, ...flags }) => {
  const hours = hoursBetween(timeOf('--from', from), to === undefined ? new Date() : timeOf('--to', to));
  await runOnDatabase('rollup', async (database, config) => {
    if (!flags['past-retention']) refuseOld(hours[0]!, config);
    const rollups = new MongoHourlyRollups(() => database, PATIENCE_MS);
    await recountAll(hours, flags['dry-run'] ? dry(rollups) : real(rollups));
  });
});
