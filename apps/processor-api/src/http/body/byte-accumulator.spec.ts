import fc from 'fast-check';
import { ByteAccumulator } from './byte-accumulator';

describe(ByteAccumulator.name, () => {
  const pieceOf = (maxLength: number): fc.Arbitrary<Buffer> =>
    fc.integer({ min: 1, max: maxLength }).map((length) => Buffer.alloc(length, length));

  it('holds pieces of all sizes in order, with little room beside them', () => {
    const sizes = fc.oneof(pieceOf(50), pieceOf(5_000), pieceOf(70_000));
    fc.assert(
      fc.property(fc.array(sizes, { minLength: 1, maxLength: 60 }), (pieces) => {
        const accumulated = new ByteAccumulator();
        for (const piece of pieces) accumulated.append(piece);
        const whole = Buffer.concat(pieces);
        expect(accumulated.length).toBe(whole.length);
        expect(accumulated.capacity).toBeLessThanOrEqual(whole.length + 16_384 + 4_096);
        expect(accumulated.bytes.equals(whole)).toBe(true);
        expect(accumulated.bytes.equals(whole)).toBe(true);
      }),
    );
  });

  it('answers a body that came in one piece without a copy', () => {
    const piece = Buffer.from('{}');
    const accumulated = new ByteAccumulator();
    accumulated.append(piece);
    expect(accumulated.bytes).toBe(piece);
  });
});
