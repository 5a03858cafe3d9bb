import { WaitingLine } from './waiting-line';

describe(WaitingLine.name, () => {
  it('gives records in the order they came, around its end and on', () => {
    const line = new WaitingLine(3);
    const taken: number[] = [];
    for (let index = 0; index < 10; index += 2) {
      expect([line.push(index), line.push(index + 1)]).toEqual([true, true]);
      expect(line.first).toBe(index);
      taken.push(...line.take(2));
    }
    expect(taken).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([line.length, line.first]).toEqual([0, undefined]);
  });

  it('takes no more than it has room for', () => {
    const line = new WaitingLine(2);
    expect([1, 2, 3].map((index) => line.push(index))).toEqual([true, true, false]);
    expect(line.take(9)).toEqual([1, 2]);
  });
});
