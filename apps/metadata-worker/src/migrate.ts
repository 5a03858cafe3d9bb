import '@libs/platform/require-node';
import { parseArgs } from 'node:util';
import type { mongo } from 'mongoose';
import { runOnDatabase } from './adapters/mongo/database-program';
import { ALL_MIGRATIONS } from './adapters/mongo/migrations/all-migrations';
import { Migrator, numbered } from './adapters/mongo/migrations/migrator';
import { retentionChange } from './adapters/mongo/migrations/retention-index';
import { MongoLease } from './adapters/mongo/mongo-lease';
import { runCommand, UsageFault } from '@libs/platform';
import type { WorkerConfig } from './config';

const USAGE = `Usage: npm run migrate -- [--dry-run] [--wait SECONDS]

Brings the database of MONGODB_URI and MONGODB_DB to the version of this program: collections, indexes and seeds
it lacks, and the retention that RETENTION_DAYS asks for. Only ever goes forward; a second run changes nothing.

  --dry-run        says what would be made, and writes nothing
  --wait SECONDS   how long to wait while another run holds the lock (60)

Exit code: 0 done or nothing to do, 1 failed, 2 wrong options.
`;
const options = () =>
  parseArgs({ options: { 'dry-run': { type: 'boolean' }, wait: { type: 'string', default: '60' } } }).values;

/** Longer than the database needs to answer, shorter than the wait: a run that was killed holds nobody up. */
const LEASE_TTL_MS = 30_000;

async function preview(database: mongo.Db, { retentionDays }: WorkerConfig): Promise<void> {
  const pending = await new Migrator(database, ALL_MIGRATIONS).pending();
  const retention = await retentionChange(database, retentionDays);
  for (const migration of pending) {
    say(`would make ${numbered(migration)}`);
    for (const { title } of migration.steps) say(`  ${title}`);
  }
  if (retention) say(`would change ${retention.title}`);
  if (pending.length === 0 && !retention) say('nothing to do');
}

async function migrate(
  database: mongo.Db,
  { retentionDays }: WorkerConfig,
  patienceMs: number,
): Promise<void> {
  const lease = new MongoLease(() => database, { name: 'migrate', ttlMs: LEASE_TTL_MS, patienceMs });
  await lease.hold(async ({ confirm }) => {
    const migrator = new Migrator(database, ALL_MIGRATIONS);
    for (const migration of await migrator.pending()) {
      say(numbered(migration));
      await migrator.make(migration, async (title) => {
        await confirm();
        say(`  ${title}`);
      });
    }
    const retention = await retentionChange(database, retentionDays);
    await retention?.apply();
    if (retention) say(retention.title);
  });
  say('the database is up to date');
}

function say(line: string): void {
  process.stdout.write(`migrate: ${line}\n`);
}

void runCommand(USAGE, options, async ({ 'dry-run': isDryRun, wait }) => {
  if (!/^\d{1,4}$/.test(wait)) throw new UsageFault(`--wait must be a number of seconds up to 9999`);
  await runOnDatabase('migrate', (database, config) =>
    isDryRun ? preview(database, config) : migrate(database, config, Number(wait) * 1_000),
  );
});
