import type { mongo } from 'mongoose';
import { ALL_MIGRATIONS } from '../src/adapters/mongo/migrations/all-migrations';
import { makeCollection, type Migration } from '../src/adapters/mongo/migrations/migration';
import { Migrator, UnknownMigration } from '../src/adapters/mongo/migrations/migrator';
import { connectDatabase, ownName } from '@libs/testing/test-stack';

describe(Migrator.name, () => {
  let client: mongo.MongoClient;
  let database: mongo.Db;
  let failure: Error | undefined;
  const first: Migration = { version: 1, name: 'first', steps: [makeCollection('a')] };
  const second: Migration = {
    version: 2,
    name: 'second',
    steps: [
      makeCollection('b'),
      { title: 'may fail', apply: () => (failure ? Promise.reject(failure) : Promise.resolve()) },
    ],
  };
  const migrate = async (migrations: readonly Migration[]): Promise<string[]> => {
    const done: string[] = [];
    const migrator = new Migrator(database, migrations);
    for (const migration of await migrator.pending()) {
      await migrator.make(migration, (title) => Promise.resolve(void done.push(title)));
    }
    return done;
  };

  beforeAll(async () => {
    client = await connectDatabase();
  });
  beforeEach(() => {
    failure = undefined;
    database = client.db(ownName('migrator_test'));
  });
  afterEach(() => database.dropDatabase());
  afterAll(() => client.close());

  it('makes each migration once and remembers it', async () => {
    expect(await migrate([first])).toEqual(['collection a']);
    expect(await migrate([first, second])).toEqual(['collection b', 'may fail']);
    expect(await migrate([first, second])).toEqual([]);
    expect(await database.collection('migrations').find().sort({ _id: 1 }).toArray()).toEqual([
      { _id: 1, name: 'first', appliedAt: expect.any(Date) },
      { _id: 2, name: 'second', appliedAt: expect.any(Date) },
    ]);
  });

  it('begins a migration again that was broken off in the middle', async () => {
    failure = new Error('killed');
    await expect(migrate([first, second])).rejects.toBe(failure);
    failure = undefined;
    expect(await migrate([first, second])).toEqual(['collection b', 'may fail']);
  });

  it.each([
    ['a newer version', [first], '0002 second'],
    ['another migration of the same version', [first, { ...second, name: 'other' }], '0002 second'],
  ])('refuses a database with %s', async (_, known, named) => {
    await migrate([first, second]);
    const refused = migrate(known);
    await expect(refused).rejects.toBeInstanceOf(UnknownMigration);
    await expect(refused).rejects.toThrow(
      `the database has migration ${named}, which this program does not know`,
    );
  });

  it('has versions that count up from 1', () => {
    expect(ALL_MIGRATIONS.map(({ version }) => version)).toEqual(ALL_MIGRATIONS.map((_, at) => at + 1));
  });

  it('can make each of its migrations a second time, on top of what an older program made', async () => {
    await migrate(ALL_MIGRATIONS);
    await database.collection('migrations').drop();
    expect(await migrate(ALL_MIGRATIONS)).toHaveLength(ALL_MIGRATIONS.flatMap(({ steps }) => steps).length);
    expect(await database.collection('gpus').countDocuments()).toBe(2);
  });
});
