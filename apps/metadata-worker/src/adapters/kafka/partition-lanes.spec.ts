import { PartitionLanes } from './partition-lanes';

describe(PartitionLanes.name, () => {
  const lanes = new PartitionLanes(10);
  const begin = (partition: string, bytes: number): PromiseWithResolvers<undefined> => {
    const work = Promise.withResolvers<undefined>();
    lanes.begin(partition, bytes, async () => {
      await work.promise;
    });
    return work;
  };

  it('has room for one batch of a partition, and for several partitions within the limit', async () => {
    const work = [begin('a/0', 4), begin('a/1', 3)];
    expect(['a/0', 'a/2', 'b/0'].map((partition) => lanes.hasRoomFor(partition, 3))).toEqual([
      false,
      true,
      true,
    ]);
    expect(lanes.hasRoomFor('a/2', 4)).toBe(false);
    work[0]!.resolve(undefined);
    await lanes.nextEnd();
    expect(lanes.hasRoomFor('a/0', 4)).toBe(true);
    work[1]!.resolve(undefined);
    await lanes.idle();
    expect(lanes.isIdle).toBe(true);
  });

  it('takes a batch larger than the limit for half of it, so that small ones do not keep it out for ever', async () => {
    const small = [begin('a/0', 4), begin('a/1', 3)];
    expect(lanes.hasRoomFor('b/0', 11)).toBe(false);
    small[0]!.resolve(undefined);
    await lanes.nextEnd();
    expect(lanes.hasRoomFor('b/0', 11)).toBe(true);
    const large = begin('b/0', 11);
    expect([lanes.hasRoomFor('a/0', 2), lanes.hasRoomFor('a/0', 3)]).toEqual([true, false]);
    for (const work of [large, small[1]!]) work.resolve(undefined);
    await lanes.idle();
    expect(lanes.isIdle).toBe(true);
  });
});
