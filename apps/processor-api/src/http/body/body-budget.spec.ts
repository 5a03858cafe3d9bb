import { BodyBudget } from './body-budget';

const KIB = 1024;

describe(BodyBudget.name, () => {
  it('counts nothing of small bodies, and of larger ones what is beyond 64 KiB', () => {
    const budget = new BodyBudget(100 * KIB);
    const [small, large] = [budget.open(), budget.open()];
    small.resize(64 * KIB);
    large.resize(65 * KIB);
    large.resize(164 * KIB);
    expect(budget.bytes).toBe(100 * KIB);
  });

  it('refuses what all bodies together may not hold, and lets the others go on', () => {
    const budget = new BodyBudget(100 * KIB);
    const [first, second, third] = [budget.open(), budget.open(), budget.open()];
    first.resize(124 * KIB);
    expect(() => {
      second.resize(124 * KIB);
    }).toThrow(expect.objectContaining({ code: 'overloaded' }) as Error);
    second.resize(104 * KIB);
    third.resize(64 * KIB);
    first.release();
    third.resize(124 * KIB);
    expect(budget.bytes).toBe(100 * KIB);
  });

  it('has everything back once each share is released, a refused one too, and twice', () => {
    const budget = new BodyBudget(KIB);
    const shares = [budget.open(), budget.open()];
    shares[0]!.resize(65 * KIB);
    expect(() => {
      shares[1]!.resize(66 * KIB);
    }).toThrow();
    for (const share of [...shares, ...shares]) share.release();
    expect(budget.bytes).toBe(0);
  });
});
