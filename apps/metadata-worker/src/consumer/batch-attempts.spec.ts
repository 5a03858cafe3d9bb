import pino from 'pino';
import { encodedRecord, rawRecord } from '@libs/contracts/testing';
import { StoreUnavailable, type RawRecord } from '@libs/domain';
import { acceptedMetadata } from '@libs/domain/testing';
import { BatchAttempts } from './batch-attempts';

describe(BatchAttempts.name, () => {
  let attempts: BatchAttempts;
  const encoded = encodedRecord(acceptedMetadata());
  const records = (partition: number): RawRecord[] => [
    rawRecord(encoded, { position: { topic: 't', partition, offset: 7n } }),
  ];
  const fails = (error: unknown): (() => Promise<void>) =>
    jest.fn<Promise<void>, []>().mockRejectedValue(error);
  const isDown = fails(new StoreUnavailable());

  beforeEach(() => {
    attempts = new BatchAttempts(pino({ level: 'silent' }));
  });

  it('settles what was processed', async () => {
    expect(await attempts.attempt(records(0), () => Promise.resolve())).toEqual({ kind: 'done' });
    expect(attempts.unhealthyReason).toBeUndefined();
  });

  it('retries while a dependency is down, and says which partition waits until it is settled', async () => {
    const { kind } = await attempts.attempt(records(3), isDown);
    expect([kind, attempts.unhealthyReason]).toEqual(['retry', 't/3 waits: store_unavailable']);
    await attempts.attempt(records(3), () => Promise.resolve());
    expect(attempts.unhealthyReason).toBeUndefined();
  });

  it('counts the attempts of each partition on its own, and anew once it is settled', async () => {
    const counted: number[] = [];
    const note = (attempt: number): Promise<void> => {
      counted.push(attempt);
      return counted.length < 3 ? isDown() : Promise.resolve();
    };
    for (let time = 0; time < 3; time++) await attempts.attempt(records(0), note);
    await attempts.attempt(records(0), note);
    await attempts.attempt(records(1), note);
    expect(counted).toEqual([1, 2, 3, 1, 1]);
  });

  it.each([new TypeError('a bug'), 'a bug'])('stops on a fault of ours: %p', async (fault) => {
    const result = await attempts.attempt(records(0), fails(fault));
    expect(result).toEqual({ kind: 'stop', error: expect.objectContaining({ message: 'a bug' }) });
    expect(attempts.unhealthyReason).toBeUndefined();
  });
});
