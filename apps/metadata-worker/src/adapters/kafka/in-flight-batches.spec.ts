import { InFlightBatches } from './in-flight-batches';

describe(InFlightBatches.name, () => {
  const batches = new InFlightBatches(10);
  const start = (partition: string, bytes: number): PromiseWithResolvers<undefined> => {
    const work = Promise.withResolvers<undefined>();
    batches.start(partition, bytes, async () => {
      await work.promise;
    });
    return work;
  };

  it('has capacity for one batch of a partition, and for several partitions within the limit', async () => {
    const work = [start('a/0', 4), start('a/1', 3)];
    expect(['a/0', 'a/2', 'b/0'].map((partition) => batches.hasCapacityFor(partition, 3))).toEqual([
      false,
      true,
      true,
    ]);
    expect(batches.hasCapacityFor('a/2', 4)).toBe(false);
    work[0]!.resolve(undefined);
    await batches.anyDone();
    expect(batches.hasCapacityFor('a/0', 4)).toBe(true);
    work[1]!.resolve(undefined);
    await batches.allDone();
    expect(batches.isEmpty).toBe(true);
  });

  it('takes a batch larger than the limit for half of it, so that small ones do not keep it out for ever', async () => {
    const small = [start('a/0', 4), start('a/1', 3)];
    expect(batches.hasCapacityFor('b/0', 11)).toBe(false);
    small[0]!.resolve(undefined);
    await batches.anyDone();
    expect(batches.hasCapacityFor('b/0', 11)).toBe(true);
    const large = start('b/0', 11);
    expect([batches.hasCapacityFor('a/0', 2), batches.hasCapacityFor('a/0', 3)]).toEqual([true, false]);
    for (const work of [large, small[1]!]) work.resolve(undefined);
    await batches.allDone();
    expect(batches.isEmpty).toBe(true);
  });
});
