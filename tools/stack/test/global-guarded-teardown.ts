import { existsSync } from 'node:fs';
import { lackingFeatures } from './documentdb-features';
import { databaseNotes } from './run-stack';

/** Jest's globalTeardown: fails the run where it asked the database for what Amazon DocumentDB lacks. */
export default function globalTeardown(): void {
  const file = databaseNotes();
  // Not where the run asked no database, or yours.
  if (file === undefined || !existsSync(file)) return;
  const lacking = lackingFeatures(file);
  if (lacking.length === 0) return;
  console.error(
    `The database was asked for what is not known to be in Amazon DocumentDB 5.0:\n  ${lacking.join('\n  ')}\n` +
      'Do without it, or look it up and add it to tools/stack/test/documentdb-features.ts.',
  );
  // A throw would cost the report with the counts of all tests.
  process.exitCode = 1;
}
