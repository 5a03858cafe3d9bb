import { Backoff } from './backoff';

describe(Backoff.name, () => {
  const waits = (random: number, count: number): number[] => {
    const backoff = new Backoff(() => random);
    return Array.from({ length: count }, () => backoff.nextMs());
  };

  it('doubles up to half a minute and no further', () => {
    expect(waits(1, 9)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('never waits less than half as long', () => {
    expect(waits(0, 3)).toEqual([250, 500, 1000]);
  });

  it('begins anew once it was reset', () => {
    const backoff = new Backoff(() => 1);
    backoff.nextMs();
    backoff.nextMs();
    backoff.reset();
    expect(backoff.nextMs()).toBe(500);
  });
});
