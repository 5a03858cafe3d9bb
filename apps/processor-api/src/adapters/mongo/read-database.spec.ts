import { mongo } from 'mongoose';
import { ReadsNotConfigured, ReadTimeout, StoreUnavailable } from '@libs/domain';
import { ReadDatabase } from './read-database';

const DATABASE = {} as mongo.Db;
const SOURCE = { database: () => DATABASE, timeoutMs: 30_000, poolSize: 2 };
const NETWORK_FAULT = new mongo.MongoNetworkError('connection closed');

describe(ReadDatabase.name, () => {
  let reads: ReadDatabase;
  let warnings: unknown[];
  const fail = (error: Error): Promise<unknown> =>
    reads.read(() => Promise.reject(error)).catch((e: unknown) => e);

  beforeEach(() => {
    warnings = [];
    reads = new ReadDatabase(SOURCE, { warn: (fields: unknown) => warnings.push(fields) });
  });

  it('refuses everything where there is nothing to read from', async () => {
    const none = new ReadDatabase(undefined, { warn: () => undefined });
    await expect(none.read(() => Promise.resolve(1))).rejects.toBeInstanceOf(ReadsNotConfigured);
  });

  it('gives a read the database and what is left of its time', async () => {
    const given = await reads.read((database, timeoutMS) => Promise.resolve({ database, timeoutMS }));
    expect(given.database).toBe(DATABASE);
    expect(given.timeoutMS).toBeGreaterThan(0);
    expect(given.timeoutMS).toBeLessThanOrEqual(SOURCE.timeoutMs);
  });

  it.each([
    ['a broken connection', NETWORK_FAULT, StoreUnavailable],
    [
      'a user without the right',
      new mongo.MongoServerError({ code: 13, message: 'not authorized' }),
      StoreUnavailable,
    ],
    [
      'maxTimeMS',
      new mongo.MongoServerError({ code: 50, message: 'operation exceeded time limit' }),
      ReadTimeout,
    ],
    ['the deadline of the driver', new mongo.MongoOperationTimeoutError('timed out'), ReadTimeout],
  ])('tells what %s means, and logs why', async (_, fault, expected) => {
    const error = await fail(fault);
    expect(error).toBeInstanceOf(expected);
    expect(warnings).toEqual([expect.objectContaining({ fault: `${fault.name}: ${fault.message}` })]);
  });

  it('refuses at once after five failures in a row', async () => {
    for (let i = 0; i < 5; i++) await fail(NETWORK_FAULT);
    expect(reads.isRefusing).toBe(true);
    let asked = false;
    const read = reads.read(() => Promise.resolve((asked = true)));
    await expect(read).rejects.toBeInstanceOf(StoreUnavailable);
    expect(asked).toBe(false);
    expect(warnings).toHaveLength(5);
  });

  it('takes a fault of ours for no failure of the database', async () => {
    for (let i = 0; i < 10; i++) expect(await fail(new TypeError('ours'))).toBeInstanceOf(TypeError);
    expect(reads.isRefusing).toBe(false);
    expect(warnings).toEqual([]);
  });
});
