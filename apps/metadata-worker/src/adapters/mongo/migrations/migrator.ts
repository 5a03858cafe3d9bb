import type { mongo } from 'mongoose';
import type { Migration } from './migration';

interface MigrationDocument {
  readonly _id: number;
  readonly name: string;
  readonly appliedAt: Date;
}

/** The database was migrated by another program than this one: a newer version, or one with other migrations. */
export class UnknownMigration extends Error {
  constructor({ _id, name }: MigrationDocument) {
    super(
      `the database has migration ${numbered({ version: _id, name })}, which this program does not know: ` +
        'use the version of the program that made it, or a newer one',
    );
    this.name = UnknownMigration.name;
  }
}

/** Makes the migrations a database lacks, in order, and remembers them in `migrations`. */
export class Migrator {
  constructor(
    private readonly database: mongo.Db,
    private readonly migrations: readonly Migration[],
  ) {}

  /** Those not made yet; @throws UnknownMigration */
  async pending(): Promise<readonly Migration[]> {
    const made = await this.made.find({}, { readPreference: 'primary' }).sort({ _id: 1 }).toArray();
    const known = new Map(this.migrations.map(({ version, name }) => [version, name]));
    const unknown = made.find(({ _id, name }) => known.get(_id) !== name);
    if (unknown) throw new UnknownMigration(unknown);
    const versions = new Set(made.map(({ _id }) => _id));
    return this.migrations.filter(({ version }) => !versions.has(version));
  }

  /** Makes one; `done` is awaited after each step. A run that is killed in the middle begins it again the next time. */
  async make({ version, name, steps }: Migration, done: (title: string) => Promise<void>): Promise<void> {
    for (const step of steps) {
      await step.apply(this.database);
      await done(step.title);
    }
    await this.made.insertOne(
      { _id: version, name, appliedAt: new Date() },
      { writeConcern: { w: 'majority' } },
    );
  }

  private get made(): mongo.Collection<MigrationDocument> {
    return this.database.collection('migrations');
  }
}

/** `0001 gpu-metadata`, the name its file has. */
export function numbered({ version, name }: Pick<Migration, 'version' | 'name'>): string {
  return `${String(version).padStart(4, '0')} ${name}`;
}
