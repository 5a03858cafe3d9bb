import { mongo } from 'mongoose';
import { ReadsNotConfigured, ReadTimeout, StoreUnavailable } from '@libs/domain';
import { ReadDatabase } from './read-database';

const READER = { keyId: 'reader' };
const NETWORK_FAULT = new mongo.MongoNetworkError('connection closed');
const serverFault = (code: number, message: string): Error => new mongo.MongoServerError({ code, message });

/** What a read can fail with that is told as a fault of the database, whoever caused it. */
const FAULTS: readonly [string, Error, new (...args: never[]) => Error][] = [
  ['a broken connection', NETWORK_FAULT, StoreUnavailable],
  ['a server that was not found', new mongo.MongoServerSelectionError('none', {} as never), StoreUnavailable],
  ['a server that is stopping', serverFault(91, 'shutdown in progress'), StoreUnavailable],
  ['a user without the right', serverFault(13, 'not authorized'), StoreUnavailable],
  ['a query that the server cannot read', serverFault(2, 'year 10000 is out of range'), StoreUnavailable],
  ['an option that the driver refuses', new mongo.MongoInvalidArgumentError('no'), StoreUnavailable],
  ['a client that is not there yet', new StoreUnavailable(), StoreUnavailable],
  ['maxTimeMS', serverFault(50, 'operation exceeded time limit'), ReadTimeout],
  ['the deadline of the driver', new mongo.MongoOperationTimeoutError('timed out'), ReadTimeout],
];

describe(ReadDatabase.name, () => {
  let isServing: boolean;
  let probes: number;
  let reads: ReadDatabase;
  let warnings: unknown[];
  const database = {
    collection: () => ({
      findOne: () => {
        probes += 1;
        return isServing ? Promise.resolve(null) : Promise.reject(NETWORK_FAULT);
      },
    }),
  } as unknown as mongo.Db;
  const fail = (error: Error): Promise<unknown> =>
    reads.read('page', READER, () => Promise.reject(error)).catch((e: unknown) => e);

  beforeEach(() => {
    isServing = false;
    probes = 0;
    warnings = [];
    const source = { database: () => database, timeoutMs: 30_000, poolSize: 2 };
    reads = new ReadDatabase(source, { warn: (fields: unknown) => warnings.push(fields) });
  });

  it('refuses everything where there is nothing to read from', async () => {
    const none = new ReadDatabase(undefined, { warn: () => undefined });
    await expect(none.read('page', READER, () => Promise.resolve(1))).rejects.toBeInstanceOf(
      ReadsNotConfigured,
    );
  });

  it('gives a read the database and what is left of its time', async () => {
    const given = await reads.read('page', READER, (of, timeoutMS) => Promise.resolve({ of, timeoutMS }));
    expect(given.of).toBe(database);
    expect(given.timeoutMS).toBeGreaterThan(0);
    expect(given.timeoutMS).toBeLessThanOrEqual(30_000);
  });

  describe.each(FAULTS)('a read that fails with %s', (_, fault, expected) => {
    it('is told as what it means, and logged', async () => {
      expect(await fail(fault)).toBeInstanceOf(expected);
      expect(warnings).toEqual([expect.objectContaining({ fault: `${fault.name}: ${fault.message}` })]);
    });

    it('costs nobody else the database, however often, while that serves', async () => {
      isServing = true;
      for (let i = 0; i < 20; i++) expect(await fail(fault)).toBeInstanceOf(expected);
      expect(reads.isRefusing).toBe(false);
      expect(await reads.read('page', READER, () => Promise.resolve('answer'))).toBe('answer');
    });

    it('is the last that tries a database that does not serve, after five in a row', async () => {
      for (let i = 0; i < 4; i++) await fail(fault);
      expect(reads.isRefusing).toBe(false);
      await fail(fault);
      expect(reads.isRefusing).toBe(true);
      let asked = false;
      const read = reads.read('page', READER, () => Promise.resolve((asked = true)));
      await expect(read).rejects.toBeInstanceOf(StoreUnavailable);
      expect(asked).toBe(false);
    });
  });

  it('refuses no read of another kind than those that failed', async () => {
    for (let i = 0; i < 5; i++) await fail(NETWORK_FAULT);
    await expect(reads.read('page', READER, () => Promise.resolve(1))).rejects.toBeInstanceOf(
      StoreUnavailable,
    );
    expect(await reads.read('gpus', READER, () => Promise.resolve('answer'))).toBe('answer');
    expect(reads.isRefusing).toBe(true);
  });

  it('lets everybody read again once the cheapest read is answered, and nobody before', async () => {
    jest.useFakeTimers({ now: 0, doNotFake: ['nextTick', 'queueMicrotask'] });
    try {
      for (let i = 0; i < 5; i++) await fail(NETWORK_FAULT);
      const asked: string[] = [];
      const ask = (name: string): Promise<unknown> =>
        reads.read('page', READER, () => Promise.resolve(asked.push(name))).catch((error: unknown) => error);
      jest.advanceTimersByTime(2_000);
      expect(await ask('too early')).toBeInstanceOf(StoreUnavailable);
      isServing = true;
      jest.advanceTimersByTime(1_999);
      expect(await ask('while it pauses')).toBeInstanceOf(StoreUnavailable);
      jest.advanceTimersByTime(1);
      await ask('first');
      await ask('second');
      expect(asked).toEqual(['first', 'second']);
    } finally {
      jest.useRealTimers();
    }
  });

  it.each([
    ['a fault of ours', new TypeError('ours')],
    ['what cannot be written as BSON', new mongo.BSON.BSONError('no')],
  ])('asks nothing of the database, and does not count it, for %s', async (_, fault) => {
    for (let i = 0; i < 10; i++) expect(await fail(fault)).toBe(fault);
    expect(reads.isRefusing).toBe(false);
    expect(warnings).toEqual([]);
    expect(probes).toBe(0);
  });
});
