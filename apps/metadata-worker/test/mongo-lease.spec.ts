import { setTimeout as sleep } from 'node:timers/promises';
import type { mongo } from 'mongoose';
import { LeaseLost, LeaseTaken, MongoLease } from '../src/adapters/mongo/mongo-lease';
import { connectDatabase, ownName } from '@libs/testing/test-stack';

const TTL_MS = 1_500;

describe(MongoLease.name, () => {
  let client: mongo.MongoClient;
  let database: mongo.Db;
  const lease = (patienceMs = 0): MongoLease =>
    new MongoLease(() => database, { name: 'work', ttlMs: TTL_MS, patienceMs });
  const locks = (): mongo.Collection<{ _id: string }> => database.collection('locks');

  beforeAll(async () => {
    client = await connectDatabase();
    database = client.db(ownName('lease_test'));
  });
  afterAll(async () => {
    await database.dropDatabase();
    await client.close();
  });

  it('never lets two work at once, and everybody in the end', async () => {
    let working = 0;
    const overlaps: number[] = [];
    const work = async (): Promise<void> => {
      overlaps.push(++working);
      await sleep(5);
      working--;
    };
    await Promise.all(Array.from({ length: 8 }, () => lease(30_000).hold(work)));
    expect(overlaps).toEqual(Array.from({ length: 8 }, () => 1));
  });

  it('tells who holds it and since when, once its patience is over', async () => {
    const refused = await lease().hold(() =>
      lease(300)
        .hold(() => Promise.resolve())
        .catch((error: unknown) => error),
    );
    expect(refused).toBeInstanceOf(LeaseTaken);
    expect((refused as Error).message).toMatch(
      new RegExp(`^work is held by \\S+ pid ${process.pid} \\w{8} since \\d{4}-\\d\\d-\\d\\dT\\S+Z$`),
    );
  });

  it('is free again after work that failed', async () => {
    const failed = lease().hold(() => Promise.reject(new Error('no')));
    await expect(failed).rejects.toThrow('no');
    expect(await locks().countDocuments()).toBe(0);
    await expect(lease().hold(() => Promise.resolve(7))).resolves.toBe(7);
  });

  it('stays held while the work takes longer than the lease lasts', async () => {
    await lease().hold(async () => {
      await sleep(TTL_MS * 1.5);
      await expect(lease().hold(() => Promise.resolve())).rejects.toBeInstanceOf(LeaseTaken);
    });
  });

  it('runs out when its holder was killed', async () => {
    const soon = new Date(Date.now() + 2_000);
    const killed = { _id: 'work', holder: 'killed', since: new Date(), expiresAt: soon };
    await locks().insertOne(killed);
    await expect(lease().hold(() => Promise.resolve())).rejects.toBeInstanceOf(LeaseTaken);
    await expect(lease(10_000).hold(() => Promise.resolve(7))).resolves.toBe(7);
  });

  it('tells a holder that stood still that somebody else has it, and leaves it to them', async () => {
    await lease().hold(async ({ confirm }) => {
      await confirm();
      await locks().updateOne({ _id: 'work' }, { $set: { holder: 'another' } });
      await expect(confirm()).rejects.toBeInstanceOf(LeaseLost);
    });
    expect(await locks().findOne()).toMatchObject({ holder: 'another' });
    await locks().deleteMany({});
  });
});
