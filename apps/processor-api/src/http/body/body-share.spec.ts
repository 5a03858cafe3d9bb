import { ByteBudget } from '../../byte-budget';
import { BodyShare } from './body-share';

const KIB = 1024;

describe(BodyShare.name, () => {
  it('counts nothing of small bodies, and of larger ones what is beyond 64 KiB', () => {
    const budget = new ByteBudget(100 * KIB);
    const [small, large] = [new BodyShare(budget), new BodyShare(budget)];
    small.resize(64 * KIB);
    large.resize(65 * KIB);
    large.resize(164 * KIB);
    expect(budget.bytes).toBe(100 * KIB);
  });

  it('refuses what all bodies together may not hold, and lets the others go on', () => {
    const budget = new ByteBudget(100 * KIB);
    const [first, second, third] = [new BodyShare(budget), new BodyShare(budget), new BodyShare(budget)];
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
    const budget = new ByteBudget(KIB);
    const shares = [new BodyShare(budget), new BodyShare(budget)];
    shares[0]!.resize(65 * KIB);
    expect(() => {
      shares[1]!.resize(66 * KIB);
    }).toThrow();
    for (const share of [...shares, ...shares]) share.release();
    expect(budget.bytes).toBe(0);
  });
});
