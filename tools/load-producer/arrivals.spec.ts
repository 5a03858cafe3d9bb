import { EvenArrivals, FloodArrivals } from './arrivals';

describe(EvenArrivals.name, () => {
  const arrivals = new EvenArrivals({ startMs: 1_000, rate: 300, count: 10 });

  it('lets the first arrive at the start and the others at even distances', () => {
    expect([999, 1_000, 1_003, 1_004, 1_007].map((at) => arrivals.arrivedBy(at))).toEqual([0, 1, 1, 2, 3]);
    expect(arrivals.dueAtMs(3)).toBeCloseTo(1_010);
  });

  it('does not wait for anything: after a pause all that was due has arrived', () => {
    expect(arrivals.arrivedBy(1_020)).toBe(7);
  });

  it('ends with its count', () => {
    expect(arrivals.arrivedBy(9_999)).toBe(10);
  });

  it('has let a record arrive by the time it is due', () => {
    const odd = new EvenArrivals({ startMs: 7, rate: 999, count: Infinity });
    for (let index = 0; index < 5_000; index++) {
      expect(odd.arrivedBy(odd.dueAtMs(index) + 0.001)).toBe(index + 1);
    }
  });
});

describe(FloodArrivals.name, () => {
  it('lets as many arrive as could be sent at once', () => {
    const arrivals = new FloodArrivals();
    expect([arrivals.arrivedBy(0, 4), arrivals.arrivedBy(0, 0), arrivals.arrivedBy(0, 2)]).toEqual([4, 4, 6]);
  });
});
