import { BodyMemory } from './body-share';

const KIB = 1024;

describe(BodyMemory.name, () => {
  /** 10 KiB for each of ten connections, and as much for all. */
  let memory: BodyMemory;

  beforeEach(() => {
    memory = new BodyMemory(200 * KIB, 10);
  });

  it('divides one half evenly among the connections, and counts what is beyond in the other', () => {
    const [small, large] = [memory.open(), memory.open()];
    small.resize(10 * KIB);
    expect(memory.commonBytes).toBe(0);
    large.resize(11 * KIB);
    large.resize(110 * KIB);
    expect(memory.commonBytes).toBe(100 * KIB);
  });

  it('refuses what all bodies together may not hold, and lets the others go on', () => {
    const [first, second, third] = [memory.open(), memory.open(), memory.open()];
    first.resize(70 * KIB);
    expect(() => {
      second.resize(70 * KIB);
    }).toThrow(expect.objectContaining({ code: 'overloaded' }) as Error);
    second.resize(50 * KIB);
    third.resize(10 * KIB);
    first.release();
    third.resize(70 * KIB);
    expect(memory.commonBytes).toBe(100 * KIB);
  });

  it('counts what a decoder holds', () => {
    const share = memory.open();
    share.onDecoderBytes(20 * KIB);
    share.resize(KIB);
    expect(memory.commonBytes).toBe(11 * KIB);
  });

  it('has everything back once each share is released, a refused one too, and twice', () => {
    const shares = [memory.open(), memory.open()];
    shares[0]!.resize(100 * KIB);
    expect(() => {
      shares[1]!.resize(100 * KIB);
    }).toThrow();
    for (const share of [...shares, ...shares]) share.release();
    expect(memory.commonBytes).toBe(0);
  });
});
