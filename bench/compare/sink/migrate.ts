import type { mongo } from 'mongoose';
import { ALL_MIGRATIONS } from '../../../apps/metadata-worker/src/adapters/mongo/migrations/all-migrations';
import { Migrator } from '../../../apps/metadata-worker/src/adapters/mongo/migrations/migrator';

/** Makes the product's collections and indexes in an empty database. */
export async function migrate(database: mongo.Db): Promise<void> {
  const migrator = new Migrator(database, ALL_MIGRATIONS);
  for (const migration of await migrator.pending()) await migrator.make(migration, () => Promise.resolve());
}
