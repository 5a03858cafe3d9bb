import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mongo } from 'mongoose';
import { databaseLaunch } from '../../../tools/stack/database-part';
import { probeDatabase } from '../../../tools/stack/database-readiness';
import { databaseProgram } from '../../../tools/stack/programs';
import { silentProgress } from '../../../tools/stack/progress';
import { databaseAddress } from '../../../tools/stack/stack-addresses';
import type { StackSettings } from '../../../tools/stack/stack-settings';
import { ownTemporaryStack } from '../../../tools/stack/test/temporary-stack';
import { eventually, type AppProcess } from '@libs/testing/app-process';
import { startApi } from './api';
import { storedDocument } from './read-database';

const OWNER = { user: 'owner', pwd: 'owner-s3cret', roles: ['root'] };
const READER = { user: 'reader', pwd: 'reader-s3cret', roles: [{ role: 'read', db: 'ca4' }] };
const NOT_AUTHORIZED = 13;

jest.setTimeout(120_000);

describe('a user that may only read', () => {
  let settings: StackSettings;
  let server: ChildProcess | undefined;
  let api: AppProcess | undefined;
  const uriOf = ({ user, pwd }: typeof OWNER | typeof READER): string =>
    databaseAddress(settings.ports.database).replace('mongodb://', `mongodb://${user}:${pwd}@`) +
    '/?directConnection=true&authSource=admin';
  const start = async (...more: readonly string[]): Promise<void> => {
    const launch = databaseLaunch(settings, await databaseProgram(settings, silentProgress));
    const { command, args, cwd, env } = launch;
    server = spawn(command, [...args, ...more], { cwd, env, stdio: 'ignore' });
    const address = databaseAddress(settings.ports.database);
    const uri = more.length > 0 ? uriOf(OWNER) : address;
    const ready = await eventually(
      () =>
        probeDatabase(uri).then(
          () => true,
          () => false,
        ),
      60_000,
    );
    expect(ready).toBe(true);
  };
  const stop = async (): Promise<void> => {
    if (server?.exitCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGTERM');
    await exited;
  };
  const withClient = async <T>(uri: string, work: (database: mongo.Db) => Promise<T>): Promise<T> => {
    const client = new mongo.MongoClient(uri, { retryWrites: false });
    try {
      return await work(client.db('ca4'));
    } finally {
      await client.close();
    }
  };

  /** The first user needs one start without --auth: docs/reads.md tells the same steps. */
  beforeAll(async () => {
    settings = await ownTemporaryStack();
    await start();
    await withClient(databaseAddress(settings.ports.database), async (database) => {
      const admin = database.client.db('admin');
      for (const { user, pwd, roles } of [OWNER, READER])
        await admin.command({ createUser: user, pwd, roles });
    });
    await stop();
    await start('--auth');
  });
  afterAll(async () => {
    await api?.stop();
    await stop();
    rmSync(settings.stackDir, { recursive: true, force: true });
  });

  it('is enough for the API, and cannot write', async () => {
    const document = storedDocument();
    const collection = 'gpu_metadata';
    await withClient(uriOf(OWNER), (database) =>
      database.collection<{ _id: string }>(collection).insertOne(document),
    );
    const uri = uriOf(READER);
    api = await startApi({ READ_MONGODB_URI: uri, MONGODB_DB: 'ca4' });
    const answer = await fetch(`${api.url}/v1/metadata/${document._id}`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ eventId: document._id });

    await withClient(uri, async (database) => {
      const documents = database.collection<{ _id: string }>(collection);
      const writes = [
        () => documents.insertOne({ _id: 'x' }),
        () => documents.updateOne({ _id: document._id }, { $set: { model: 'x' } }),
        () => documents.deleteOne({ _id: document._id }),
        () => documents.createIndex({ model: 1 }),
        () => documents.drop(),
      ];
      for (const write of writes) await expect(write()).rejects.toMatchObject({ code: NOT_AUTHORIZED });
      expect(await documents.countDocuments()).toBe(1);
    });
    expect(api.output).not.toContain(READER.pwd);
  });

  it('is 503 with a wrong password, which is never printed', async () => {
    const uri = uriOf({ ...READER, pwd: 'wrong-s3cret' });
    const wrong = await startApi({ READ_MONGODB_URI: uri });
    const answer = await fetch(`${wrong.url}/v1/gpus`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: 'store_unavailable' });
    await wrong.stop();
    expect(wrong.output).not.toContain('wrong-s3cret');
  });
});
