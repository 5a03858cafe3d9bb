import { KeptMemory } from './kept-memory';

const KIB = 1024;

describe(KeptMemory.name, () => {
  it('lends memory to one at a time, and again once it was given back', () => {
    const memory = new KeptMemory(64 * KIB);
    const [first, second] = [memory.take(10 * KIB), memory.take(10 * KIB)];
    expect(second.buffer).not.toBe(first.buffer);
    memory.giveBack(first);
    const third = memory.take(10 * KIB - 5);
    expect([third.buffer === first.buffer, third.length]).toEqual([true, 10 * KIB - 5]);
  });

  it.each([0, 1, 256, 1_025, 11_400, 65_537, 400_000])(
    'spends at most a quarter more on %d bytes',
    (size) => {
      const { length, buffer } = new KeptMemory(KIB).take(size);
      expect(length).toBe(size);
      expect(buffer.byteLength).toBeLessThanOrEqual(Math.max(512, size * 1.25));
    },
  );

  it('keeps no more than it may, and forgets sizes that nobody needs for those that come back', () => {
    const memory = new KeptMemory(8 * KIB);
    const large = Array.from({ length: 12 }, () => memory.take(4 * KIB));
    for (const one of large) memory.giveBack(one);
    const again = Array.from({ length: 12 }, () => memory.take(4 * KIB));
    const lent = new Set(large.map(({ buffer }) => buffer));
    expect(again.filter(({ buffer }) => lent.has(buffer)).length).toBeLessThanOrEqual(2);
    for (const one of again.slice(0, 2)) memory.giveBack(one);
    const small = memory.take(KIB);
    memory.giveBack(small);
    expect(memory.take(KIB).buffer).toBe(small.buffer);
  });

  it('does not keep what is larger than all it may keep', () => {
    const memory = new KeptMemory(KIB);
    const large = memory.take(2 * KIB);
    memory.giveBack(large);
    expect(memory.take(2 * KIB).buffer).not.toBe(large.buffer);
  });

  it('takes no memory that is not its own: small Buffers share theirs with others', () => {
    const memory = new KeptMemory(64 * KIB);
    const foreign = Buffer.from('abc');
    memory.giveBack(foreign);
    expect(memory.take(foreign.buffer.byteLength).buffer).not.toBe(foreign.buffer);
  });
});
