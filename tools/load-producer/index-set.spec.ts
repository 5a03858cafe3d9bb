import { IndexSet } from './index-set';

describe(IndexSet.name, () => {
  it('holds what was added, each once, in rising order', () => {
    const set = new IndexSet();
    expect([9, 0, 1_000_000, 9, 8].map((index) => set.add(index))).toEqual([true, true, true, false, true]);
    expect([...set.indices()]).toEqual([0, 8, 9, 1_000_000]);
    expect(set.size).toBe(4);
  });

  it('has nothing that was not added', () => {
    const set = new IndexSet();
    set.add(8);
    expect([7, 8, 9, 5_000_000].map((index) => set.has(index))).toEqual([false, true, false, false]);
  });
});
