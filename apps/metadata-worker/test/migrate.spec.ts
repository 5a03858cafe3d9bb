import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { mongo } from 'mongoose';
import { freePort } from '../../../tools/stack/port-holder';
import { connectDatabase, mongodbUri, ownName } from './test-stack';

jest.setTimeout(60_000);

const PROGRAM = resolve(__dirname, '../../../dist/metadata-worker/apps/metadata-worker/src/migrate.js');
const run = promisify(execFile);

describe('migrate', () => {
  let client: mongo.MongoClient;
  const database = ownName('migrate_test');
  const migrate = (uri = mongodbUri): Promise<{ stdout: string }> =>
    run(process.execPath, [PROGRAM], { env: { MONGODB_URI: uri, MONGODB_DB: database } });
  const keysOf = async (name: string): Promise<string[]> =>
    (await client.db(database).collection(name).indexes()).map(({ key }) => JSON.stringify(key)).sort();
  const gpus = (): Promise<mongo.Document[]> =>
    client.db(database).collection('gpus').find().sort({ gpu_index: 1 }).toArray();

  beforeAll(async () => {
    client = await connectDatabase();
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
    expect((await migrate()).stdout).toContain('RTX 3090 is there');
    expect([await gpus(), await keysOf('gpu_metadata'), await keysOf('gpus')]).toEqual(before);
  });

  it('ends with 1 and one line when nobody answers', async () => {
    const failed = await migrate(`mongodb://bob:Geheim@127.0.0.1:${await freePort()}`).catch(
      (error: unknown) => error,
    );
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringMatching(/^migrate: .*ECONNREFUSED.*\n$/) });
    expect(JSON.stringify(failed)).not.toContain('Geheim');
  });
});
