import { BufferPool } from './buffer-pool';

const KIB = 1024;

describe(BufferPool.name, () => {
  it('lends memory to one at a time, and again once it was given back', () => {
    const pool = new BufferPool(64 * KIB);
    const [first, second] = [pool.acquire(10 * KIB), pool.acquire(10 * KIB)];
    expect(second.buffer).not.toBe(first.buffer);
    pool.release(first);
    const third = pool.acquire(10 * KIB - 5);
    expect([third.buffer === first.buffer, third.length]).toEqual([true, 10 * KIB - 5]);
  });

  it.each([0, 1, 256, 1_025, 11_400, 65_537, 400_000])(
    'spends at most a quarter more on %d bytes',
    (size) => {
      const { length, buffer } = new BufferPool(KIB).acquire(size);
      expect(length).toBe(size);
      expect(buffer.byteLength).toBeLessThanOrEqual(Math.max(512, size * 1.25));
    },
  );

  it('keeps no more than it may, and forgets sizes that nobody needs for those that come back', () => {
    const pool = new BufferPool(8 * KIB);
    const large = Array.from({ length: 12 }, () => pool.acquire(4 * KIB));
    for (const one of large) pool.release(one);
    const again = Array.from({ length: 12 }, () => pool.acquire(4 * KIB));
    const lent = new Set(large.map(({ buffer }) => buffer));
    expect(again.filter(({ buffer }) => lent.has(buffer)).length).toBeLessThanOrEqual(2);
    for (const one of again.slice(0, 2)) pool.release(one);
    const small = pool.acquire(KIB);
    pool.release(small);
    expect(pool.acquire(KIB).buffer).toBe(small.buffer);
  });

  it('does not keep what is larger than all it may keep', () => {
    const pool = new BufferPool(KIB);
    const large = pool.acquire(2 * KIB);
    pool.release(large);
    expect(pool.acquire(2 * KIB).buffer).not.toBe(large.buffer);
  });

  it('takes no memory that is not its own: small Buffers share theirs with others', () => {
    const pool = new BufferPool(64 * KIB);
    const foreign = Buffer.from('abc');
    pool.release(foreign);
    expect(pool.acquire(foreign.buffer.byteLength).buffer).not.toBe(foreign.buffer);
  });
});
