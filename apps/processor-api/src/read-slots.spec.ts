import fc from 'fast-check';
import { ReadsOverloaded, ReadTimeout } from '@libs/domain';
import { ReadSlots, type SlotSettings } from './read-slots';

const LONG_MS = 60_000;
const ONE = { keyId: 'one' };

/** Pieces of work that end when they are told to, and which of them are waiting, running and refused. */
class Bench {
  readonly begun: number[] = [];
  readonly refused: number[] = [];
  private readonly keyIds: string[] = [];
  private readonly ends = new Map<number, () => void>();
  private readonly slots: ReadSlots;

  constructor(readonly settings: SlotSettings) {
    this.slots = new ReadSlots(settings);
  }

  async ask(keyId: string): Promise<number> {
    const number = this.keyIds.push(keyId) - 1;
    const work = (): Promise<void> => {
      this.begun.push(number);
      return new Promise((end) => this.ends.set(number, end));
    };
    void this.slots.run({ keyId }, work, LONG_MS).catch((error: unknown) => {
      expect(error).toBeInstanceOf(ReadsOverloaded);
      this.refused.push(number);
    });
    await turns();
    return number;
  }

  async end(number: number): Promise<void> {
    this.ends.get(number)?.();
    this.ends.delete(number);
    await turns();
  }

  async endAll(): Promise<void> {
    while (this.running().length > 0) await this.end(this.running()[0]!);
  }

  running(keyId?: string): number[] {
    return [...this.ends.keys()].filter((number) => keyId === undefined || this.keyIds[number] === keyId);
  }

  waiting(keyId?: string): number[] {
    const settled = new Set([...this.begun, ...this.refused]);
    const isWaiting = (number: number): boolean =>
      !settled.has(number) && (keyId === undefined || this.keyIds[number] === keyId);
    return this.keyIds.map((_, number) => number).filter(isWaiting);
  }

  keyOf(number: number): string {
    return this.keyIds[number]!;
  }
}

/** Lets everything that is decided by now be done. */
function turns(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}

describe(ReadSlots.name, () => {
  const benches: Bench[] = [];
  const opened = (settings: SlotSettings): Bench => {
    const bench = new Bench(settings);
    benches.push(bench);
    return bench;
  };
  afterEach(async () => {
    for (const bench of benches.splice(0)) await bench.endAll();
  });

  it('runs so many at one time and the rest of a key in the order in which they came', async () => {
    const bench = opened({ running: 4, waiting: 8 });
    for (let i = 0; i < 6; i++) await bench.ask('one');
    expect(bench.begun).toEqual([0, 1, 2]);
    await bench.end(1);
    expect(bench.begun).toEqual([0, 1, 2, 3]);
    await bench.endAll();
    expect(bench.begun).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('gives up waiting after the time it was given, and never runs the work', async () => {
    const slots = new ReadSlots({ running: 1, waiting: 1 });
    const first = Promise.withResolvers<string>();
    const running = slots.run(ONE, () => first.promise, LONG_MS);
    let isRun = false;
    const late = slots.run(ONE, () => Promise.resolve((isRun = true)), 10);
    await expect(late).rejects.toBeInstanceOf(ReadTimeout);
    first.resolve('a');
    await running;
    await expect(slots.run(ONE, () => Promise.resolve('b'), LONG_MS)).resolves.toBe('b');
    expect(isRun).toBe(false);
  });

  it('frees the slot of work that failed', async () => {
    const slots = new ReadSlots({ running: 1, waiting: 0 });
    await expect(slots.run(ONE, () => Promise.reject(new Error('down')), LONG_MS)).rejects.toThrow('down');
    await expect(slots.run(ONE, () => Promise.resolve(1), LONG_MS)).resolves.toBe(1);
  });

  it('refuses at once what one key lets wait beyond the places there are, and serves it again later', async () => {
    const bench = opened({ running: 1, waiting: 1 });
    for (let i = 0; i < 3; i++) await bench.ask('one');
    expect(bench.refused).toEqual([2]);
    await bench.endAll();
    await bench.ask('one');
    expect(bench.begun).toEqual([0, 1, 3]);
  });

  it('lets another key in at once beside a flood of one', async () => {
    const bench = opened({ running: 4, waiting: 16 });
    for (let i = 0; i < 100; i++) await bench.ask('flood');
    for (let i = 0; i < 20; i++) {
      const read = await bench.ask('neighbour');
      expect(bench.running('neighbour')).toEqual([read]);
      await bench.end(read);
      await bench.ask('flood');
    }
  });

  it('gives the next slot to a key that has none where the flood of several has taken all', async () => {
    const bench = opened({ running: 2, waiting: 8 });
    for (let i = 0; i < 20; i++) await bench.ask(`flood ${i % 2}`);
    const read = await bench.ask('neighbour');
    expect(bench.waiting('neighbour')).toEqual([read]);
    await bench.end(bench.running()[0]!);
    expect(bench.running('neighbour')).toEqual([read]);
  });

  it('makes the key with the most waiting give way where all places are taken, its newest first', async () => {
    const bench = opened({ running: 1, waiting: 4 });
    for (let i = 0; i < 5; i++) await bench.ask('flood');
    const read = await bench.ask('neighbour');
    expect(bench.refused).toEqual([4]);
    expect(bench.waiting('neighbour')).toEqual([read]);
  });

  it('comes to equal shares of the slots for keys that always ask', async () => {
    const bench = opened({ running: 12, waiting: 48 });
    const keyIds = ['early', 'late', 'latest'];
    for (const keyId of keyIds) for (let i = 0; i < 16; i++) await bench.ask(keyId);
    for (let i = 0; i < 12; i++) await bench.end(bench.running('early')[0] ?? bench.running()[0]!);
    expect(keyIds.map((keyId) => bench.running(keyId).length)).toEqual([3, 3, 3]);
  });

  describe('under any load', () => {
    const KEYS = ['a', 'b', 'c', 'd'];
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...KEYS).map((keyId) => ({ keyId })) },
      { weight: 2, arbitrary: fc.nat(50).map((end) => ({ end })) },
    );
    const settings = fc.record({ running: fc.integer({ min: 1, max: 8 }), waiting: fc.nat(8) });

    it('keeps its bounds, lets nobody wait for a slot that is free, and starves nobody', async () => {
      const property = fc.asyncProperty(settings, fc.array(step, { maxLength: 60 }), async (of, steps) => {
        const bench = opened(of);
        for (const one of steps) {
          const counts = new Map(KEYS.map((keyId) => [keyId, bench.running(keyId).length]));
          const wanting = new Map(KEYS.map((keyId) => [keyId, bench.waiting(keyId).length]));
          const before = bench.begun.length;
          if ('keyId' in one) {
            const number = await bench.ask(one.keyId);
            if (bench.refused.at(-1) === number) {
              const most = Math.max(...KEYS.map((keyId) => wanting.get(keyId)!));
              expect(wanting.get(one.keyId)).toBeGreaterThanOrEqual(most - 1);
            }
          } else if (bench.running().length > 0) {
            const ended = bench.running()[one.end % bench.running().length]!;
            counts.set(bench.keyOf(ended), counts.get(bench.keyOf(ended))! - 1);
            await bench.end(ended);
            const next = bench.begun[before];
            if (next !== undefined) {
              const fewest = Math.min(
                ...KEYS.filter((id) => wanting.get(id)! > 0).map((id) => counts.get(id)!),
              );
              expect(counts.get(bench.keyOf(next))).toBe(fewest);
            }
          }
          expect(bench.running().length).toBeLessThanOrEqual(of.running);
          expect(bench.waiting().length).toBeLessThanOrEqual(of.waiting);
          const hasFree = bench.running().length < of.running;
          const shutOut = KEYS.filter((id) => bench.waiting(id).length > 0 && bench.running(id).length === 0);
          expect(hasFree ? shutOut : []).toEqual([]);
        }
        const accepted = [...bench.begun, ...bench.waiting()].sort((a, b) => a - b);
        await bench.endAll();
        expect(bench.begun.toSorted((a, b) => a - b)).toEqual(accepted);
      });
      await fc.assert(property);
    });
  });
});
