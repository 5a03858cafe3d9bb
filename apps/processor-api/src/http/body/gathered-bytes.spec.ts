import fc from 'fast-check';
import { GatheredBytes } from './gathered-bytes';

describe(GatheredBytes.name, () => {
  const pieceOf = (maxLength: number): fc.Arbitrary<Buffer> =>
    fc.integer({ min: 1, max: maxLength }).map((length) => Buffer.alloc(length, length));

  it('holds pieces of all sizes in order, with little room beside them', () => {
    const sizes = fc.oneof(pieceOf(50), pieceOf(5_000), pieceOf(70_000));
    fc.assert(
      fc.property(fc.array(sizes, { minLength: 1, maxLength: 60 }), (pieces) => {
        const gathered = new GatheredBytes();
        for (const piece of pieces) gathered.append(piece);
        const whole = Buffer.concat(pieces);
        expect(gathered.length).toBe(whole.length);
        expect(gathered.capacity).toBeLessThanOrEqual(whole.length + 16_384 + 4_096);
        expect(gathered.bytes.equals(whole)).toBe(true);
        expect(gathered.bytes.equals(whole)).toBe(true);
      }),
    );
  });

  it('answers a body that came in one piece without a copy', () => {
    const piece = Buffer.from('{}');
    const gathered = new GatheredBytes();
    gathered.append(piece);
    expect(gathered.bytes).toBe(piece);
  });
});
