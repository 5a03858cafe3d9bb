import fc from 'fast-check';
import { GrowingBuffer } from './growing-buffer';

describe(GrowingBuffer.name, () => {
  it('holds the pieces in order, in room for at most twice them and never more than allowed', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { minLength: 1 }), (pieces) => {
        const whole = Buffer.concat(pieces);
        const buffer = new GrowingBuffer(whole.length);
        for (const piece of pieces) buffer.append(Buffer.from(piece));
        expect(buffer.bytes.equals(whole)).toBe(true);
        expect(buffer.length).toBe(whole.length);
        expect(buffer.capacity).toBeLessThanOrEqual(whole.length);
        const roomy = new GrowingBuffer(1_000_000);
        for (const piece of pieces) roomy.append(Buffer.from(piece));
        expect(roomy.capacity).toBeLessThanOrEqual(2 * whole.length);
      }),
    );
  });
});
