import fc from 'fast-check';
import { FullWindows, PageWindows, widthEndingAt, type Window } from './page-windows';

const TOO_MANY = 50;
const END = 1_000_000;

describe(PageWindows.name, () => {
  let full: FullWindows;
  const windowsOf = (to: number, from = 0): PageWindows =>
    new PageWindows('time', { from, to, firstWidth: widthEndingAt(to) }, full);
  const passedOf = (windows: PageWindows): Window[] => {
    const passed = [];
    for (let window = windows.current; window; window = windows.current) {
      passed.push(window);
      windows.passed();
    }
    return passed;
  };

  beforeEach(() => {
    full = new FullWindows();
  });

  it('goes back in windows that follow one another, begin at multiples of their width, and grow', () => {
    expect(passedOf(windowsOf(10_000, 10))).toEqual([
      { from: 9_984, to: 10_000 },
      { from: 9_728, to: 9_984 },
      { from: 9_216, to: 9_728 },
      { from: 8_192, to: 9_216 },
      { from: 10, to: 8_192 },
    ]);
  });

  it('goes on as wide where a page ended', () => {
    const windows = windowsOf(END - 1);
    for (let i = 0; i < 3; i++) windows.passed();
    const { from, to } = windows.current!;
    expect(windowsOf(to).current!.from).toBeLessThanOrEqual(from);
  });

  it('passes over every window that holds all of too many places, on later pages too', () => {
    const windows = windowsOf(END);
    windows.passed();
    windows.passed();
    const { from, to } = windows.current!;
    full.add('time', [to - 1, to - 3]);
    expect(windows.current!.to).toBe(to);
    expect(windows.current!.from).toBeGreaterThan(to - 3);
    expect(windows.current!.from).toBeGreaterThan(from);
    const later = new PageWindows('time', { from: 0, to, firstWidth: 4_096 }, full);
    expect(later.current).toEqual(windows.current);
    expect(new PageWindows('other', { from: 0, to, firstWidth: 4_096 }, full).current).not.toEqual(
      windows.current,
    );
  });

  it('is dense where a single place holds too many', () => {
    const windows = windowsOf(END);
    expect(windows.isDense).toBe(false);
    full.add('time', [END - 1, END - 1]);
    expect(windows.current).toEqual({ from: END - 1, to: END });
    expect(windows.isDense).toBe(true);
    windows.passed();
    expect(windows.isDense).toBe(false);
    expect(windows.current!.to).toBe(END - 1);
  });

  it('covers the whole once, wherever its documents lie and whatever is known to be full', () => {
    const places = fc.array(fc.nat(2_000), { maxLength: 400 });
    fc.assert(
      fc.property(places, fc.integer({ min: 1, max: 2_001 }), (documents, end) => {
        const windows = windowsOf(end);
        let to = end;
        for (let window = windows.current; window; window = windows.current) {
          expect(window.to).toBe(to);
          expect(window.from).toBeLessThan(to);
          const { from } = window;
          const held = documents.filter((place) => place >= from && place < to);
          if (held.length >= TOO_MANY && !windows.isDense) {
            full.add('time', held.slice(0, TOO_MANY));
          } else {
            windows.passed();
            to = from;
          }
        }
        expect(to).toBe(0);
      }),
    );
  });
});

describe(FullWindows.name, () => {
  it('keeps those that were asked for last', () => {
    const full = new FullWindows();
    full.add('first', [0]);
    for (let i = 0; i < 300; i++) full.add(`other ${i}`, [0]);
    expect(full.has('first 1 0')).toBe(true);
    for (let i = 300; i < 500; i++) full.add(`other ${i}`, [0]);
    expect([full.has('first 1 0'), full.has('first 4 0'), full.has('other 0 1 0')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
