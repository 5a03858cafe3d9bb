import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { mongo } from 'mongoose';
import { freePort } from '../../../tools/stack/port-holder';
import { ALL_MIGRATIONS } from '../src/adapters/mongo/migrations/all-migrations';
import { connectDatabase, mongodbUri, ownName } from '@libs/testing/test-stack';

const PROGRAM = resolve(__dirname, '../../../dist/metadata-worker/apps/metadata-worker/src/migrate.js');
const run = promisify(execFile);

describe('migrate', () => {
  let client: mongo.MongoClient;
  const database = ownName('migrate_test');
  const migrate = (
    options: readonly string[] = [],
    env: NodeJS.ProcessEnv = {},
  ): Promise<{ stdout: string }> =>
    run(process.execPath, [PROGRAM, ...options], {
      env: { MONGODB_URI: mongodbUri, MONGODB_DB: database, ...env },
    });
  const failureOf = (result: Promise<unknown>): Promise<unknown> => result.catch((error: unknown) => error);
  const retention = async (): Promise<number | undefined> =>
    (await client.db(database).collection('gpu_metadata').indexes()).find(({ name }) => name === 'retention')
      ?.expireAfterSeconds;
  const keysOf = async (name: string): Promise<string[]> =>
    (await client.db(database).collection(name).indexes()).map(({ key }) => JSON.stringify(key)).sort();
  const gpus = (): Promise<mongo.Document[]> =>
    client.db(database).collection('gpus').find().sort({ gpu_index: 1 }).toArray();

  beforeAll(async () => {
    client = await connectDatabase();
    const { stdout } = await migrate(['--dry-run'], { RETENTION_DAYS: '1' });
    expect(await client.db(database).listCollections().toArray()).toEqual([]);
    expect(stdout).toContain('migrate: would make 0001 gpu-metadata\nmigrate:   collection gpu_metadata\n');
    expect(stdout).toContain('migrate: would change retention: remove documents 1 day(s) after');
    await migrate();
  });
  afterAll(async () => {
    await client.db(database).dropDatabase();
    await client.close();
  });

  it('makes exactly the indexes of the design', async () => {
    const expected = [
      { _id: 1 },
      { capturedAt: -1, _id: -1 },
      { model: 1, capturedAt: -1 },
      { 'gpu.deviceName': 1, capturedAt: -1 },
      { tags: 1, capturedAt: -1 },
    ];
    expect(await keysOf('gpu_metadata')).toEqual(expected.map((key) => JSON.stringify(key)).sort());
    expect(await keysOf('gpus')).toEqual(['{"_id":1}', '{"gpu_index":1}', '{"name":1}']);
    expect(await keysOf('gpu_metrics')).toEqual(['{"_id":1}', '{"host":1,"gpu_index":1}', '{"ts":1}']);
    expect(await keysOf('token_usage')).toEqual(['{"_id":1}', '{"model":1}', '{"ts":1}']);
    expect(await keysOf('gpu_metadata_hourly')).toEqual([
      '{"_id":1}',
      '{"_id.deviceName":1,"_id.hour":-1}',
      '{"_id.hour":-1}',
      '{"_id.model":1,"_id.hour":-1}',
    ]);
  });

  it('seeds the two known GPUs', async () => {
    expect(await gpus()).toEqual([
      {
        _id: expect.anything(),
        gpu_index: 0,
        name: 'RTX 3090',
        price_per_hour_usd: expect.any(Number),
        ts: expect.any(Date),
      },
      {
        _id: expect.anything(),
        gpu_index: 1,
        name: 'A100 40GB',
        price_per_hour_usd: expect.any(Number),
        ts: expect.any(Date),
      },
    ]);
  });

  it('changes nothing the second time, not even a price that was corrected by hand', async () => {
    const collection = client.db(database).collection('gpus');
    await collection.updateOne({ name: 'RTX 3090' }, { $set: { price_per_hour_usd: 0.5 } });
    const before = [await gpus(), await keysOf('gpu_metadata'), await keysOf('gpus')];
    expect((await migrate(['--dry-run'])).stdout).toBe('migrate: nothing to do\n');
    expect((await migrate()).stdout).toBe('migrate: the database is up to date\n');
    expect([await gpus(), await keysOf('gpu_metadata'), await keysOf('gpus')]).toEqual(before);
  });

  it('has documents removed by RETENTION_DAYS, and stops that again', async () => {
    await migrate([], { RETENTION_DAYS: '30' });
    expect(await retention()).toBe(30 * 86_400);
    await migrate([], { RETENTION_DAYS: '1' });
    expect(await retention()).toBe(86_400);
    await migrate();
    expect(await retention()).toBeUndefined();
  });

  it('refuses a retention that is no number of days', async () => {
    const failed = await failureOf(migrate([], { RETENTION_DAYS: '0' }));
    const fault = '  RETENTION_DAYS: must be an integer from 1 to 3650\n';
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining(fault) });
  });

  it('waits for another run, and says who holds the lock when that takes too long', async () => {
    const locks = client.db(database).collection<{ _id: string }>('locks');
    const expiresAt = new Date(Date.now() + 600_000);
    const other = { _id: 'migrate', holder: 'somebody', since: new Date(0), expiresAt };
    await locks.insertOne(other);
    const failed = await failureOf(migrate(['--wait', '1']));
    const fault = 'migrate: LeaseTaken: migrate is held by somebody since 1970-01-01T00:00:00.000Z\n';
    expect(failed).toMatchObject({ code: 1, stderr: fault });
    const waiting = migrate();
    await locks.deleteOne({ _id: 'migrate' });
    expect((await waiting).stdout).toContain('up to date');
  });

  it('makes each thing once when two runs begin at the same time', async () => {
    const twice = { MONGODB_DB: ownName('migrate_test') };
    const outputs = await Promise.all([migrate([], twice), migrate([], twice)]);
    const made = outputs.map(({ stdout }) => stdout.split('\n').filter((line) => /\d{4} /.test(line)).length);
    expect(made.sort()).toEqual([0, ALL_MIGRATIONS.length]);
    await client.db(twice.MONGODB_DB).dropDatabase();
  });

  it('refuses a database that a newer program migrated', async () => {
    const made = client.db(database).collection<{ _id: number }>('migrations');
    const newer = { _id: 9_999, name: 'from-the-future', appliedAt: new Date() };
    await made.insertOne(newer);
    for (const options of [[], ['--dry-run']]) {
      const failed = await failureOf(migrate(options));
      expect(failed).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('migration 9999 from-the-future'),
      });
    }
    await made.deleteOne({ _id: 9_999 });
  });

  it('explains itself, and ends with 2 for options it does not know', async () => {
    expect((await migrate(['--help'])).stdout).toMatch(/^Usage: npm run migrate/);
    const failed = await failureOf(migrate(['--backwards']));
    expect(failed).toMatchObject({ code: 2, stderr: expect.stringContaining('--backwards') });
  });

  it('ends with 1 and one line when nobody answers', async () => {
    const uri = `mongodb://bob:Geheim@127.0.0.1:${await freePort()}`;
    const failed = await failureOf(migrate([], { MONGODB_URI: uri }));
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringMatching(/^migrate: .*ECONNREFUSED.*\n$/) });
    expect(JSON.stringify(failed)).not.toContain('Geheim');
  });
});
