import { ReadsOverloaded, ReadTimeout } from '@libs/domain';
import { ReadSlots } from './read-slots';

const LONG_MS = 60_000;

describe(ReadSlots.name, () => {
  /** Work that ends when it is told to, and a list of what began. */
  function works(slots: ReadSlots): {
    begun: string[];
    run: (name: string) => [Promise<string>, () => void];
  } {
    const begun: string[] = [];
    const run = (name: string): [Promise<string>, () => void] => {
      const { promise, resolve } = Promise.withResolvers<string>();
      const work = (): Promise<string> => {
        begun.push(name);
        return promise;
      };
      return [
        slots.run(work, LONG_MS),
        () => {
          resolve(name);
        },
      ];
    };
    return { begun, run };
  }

  it('runs so many at one time and the rest in the order in which they came', async () => {
    const { begun, run } = works(new ReadSlots({ running: 2, waiting: 2 }));
    const [[a, endA], [b, endB], [c, endC], [d, endD]] = [run('a'), run('b'), run('c'), run('d')];
    expect(begun).toEqual(['a', 'b']);
    endB();
    await b;
    await Promise.resolve();
    expect(begun).toEqual(['a', 'b', 'c']);
    for (const end of [endA, endC, endD]) end();
    expect(await Promise.all([a, c, d])).toEqual(['a', 'c', 'd']);
  });

  it('refuses at once what finds too many waiting, and serves again later', async () => {
    const slots = new ReadSlots({ running: 1, waiting: 1 });
    const { run } = works(slots);
    const [[a, endA], [b, endB]] = [run('a'), run('b')];
    await expect(slots.run(() => Promise.resolve(), LONG_MS)).rejects.toBeInstanceOf(ReadsOverloaded);
    endA();
    endB();
    await Promise.all([a, b]);
    await expect(slots.run(() => Promise.resolve('c'), LONG_MS)).resolves.toBe('c');
  });

  it('gives up waiting after the time it was given, and never runs the work', async () => {
    const slots = new ReadSlots({ running: 1, waiting: 1 });
    const { begun, run } = works(slots);
    const [a, endA] = run('a');
    const late = slots.run(() => Promise.resolve(begun.push('late')), 10);
    await expect(late).rejects.toBeInstanceOf(ReadTimeout);
    endA();
    await a;
    await expect(slots.run(() => Promise.resolve('b'), LONG_MS)).resolves.toBe('b');
    expect(begun).toEqual(['a']);
  });

  it('frees the slot of work that failed', async () => {
    const slots = new ReadSlots({ running: 1, waiting: 0 });
    await expect(slots.run(() => Promise.reject(new Error('down')), LONG_MS)).rejects.toThrow('down');
    await expect(slots.run(() => Promise.resolve(1), LONG_MS)).resolves.toBe(1);
  });
});
