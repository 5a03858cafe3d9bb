import { clamp, spanOf } from './offset-ranges';

describe(clamp.name, () => {
  const held = { partition: 2, low: 10n, high: 20n };
  const cutOf = (from: bigint, to: bigint): readonly [bigint, bigint, number] => {
    const { range, notes } = clamp(held, { partition: 2, from, to });
    return [range.from, range.to, notes.length];
  };

  it('keeps what the broker holds', () => {
    expect(cutOf(10n, 20n)).toEqual([10n, 20n, 0]);
    expect(cutOf(12n, 13n)).toEqual([12n, 13n, 0]);
  });

  it('cuts what has expired and tells so', () => {
    expect(cutOf(3n, 15n)).toEqual([10n, 15n, 1]);
    expect(clamp(held, { partition: 2, from: 3n, to: 15n }).notes).toEqual([
      'Partition 2: offsets 3 to 9 have expired; the oldest left is 10.',
    ]);
  });

  it('cuts what is not there yet and tells so', () => {
    expect(cutOf(15n, 21n)).toEqual([15n, 20n, 1]);
  });

  it('leaves nothing of a range that is outside', () => {
    expect(cutOf(3n, 5n)).toEqual([10n, 10n, 1]);
    expect(cutOf(30n, 40n)).toEqual([20n, 20n, 1]);
    expect(spanOf([clamp(held, { partition: 2, from: 3n, to: 5n }).range])).toBe(0);
  });

  it('takes an empty partition as empty', () => {
    const empty = { partition: 0, low: 7n, high: 7n };
    expect(clamp(empty, { partition: 0, from: 7n, to: 7n })).toEqual({
      range: { partition: 0, from: 7n, to: 7n },
      notes: [],
    });
  });
});
