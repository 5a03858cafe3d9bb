import { PartitionLanes } from './partition-lanes';

describe(PartitionLanes.name, () => {
  const lanes = new PartitionLanes(10);
  const begin = (place: string, bytes: number): PromiseWithResolvers<undefined> => {
    const work = Promise.withResolvers<undefined>();
    lanes.begin(place, bytes, async () => {
      await work.promise;
    });
    return work;
  };

  it('has room for one batch of a partition, and for several partitions within the limit', async () => {
    const first = begin('a/0', 6);
    expect(['a/0', 'a/1', 'b/0'].map((place) => lanes.hasRoomFor(place, 4))).toEqual([false, true, true]);
    expect(lanes.hasRoomFor('a/1', 5)).toBe(false);
    const second = begin('a/1', 4);
    first.resolve(undefined);
    await lanes.nextEnd();
    expect([lanes.hasRoomFor('a/0', 6), lanes.hasRoomFor('a/0', 7)]).toEqual([true, false]);
    second.resolve(undefined);
    await lanes.idle();
    expect(lanes.isIdle).toBe(true);
  });

  it('has room for a batch larger than the limit once it is alone', async () => {
    const small = begin('a/0', 1);
    expect(lanes.hasRoomFor('a/1', 11)).toBe(false);
    small.resolve(undefined);
    await lanes.idle();
    expect(lanes.hasRoomFor('a/1', 11)).toBe(true);
  });
});
