import fc from 'fast-check';
import { BoundsOfAxes, PageWindows, WindowBounds } from './page-windows';

const STEPS = { firstWidth: 10, growth: 4, target: 20 };
const NEVER_FULL = 50;

describe(PageWindows.name, () => {
  const windowsOf = (whole: { from: number; to: number; start?: number }, bounds = new WindowBounds()) =>
    new PageWindows({ start: whole.to, ...whole }, STEPS, bounds);

  it('goes back in windows that follow one another and grow while they hold little', () => {
    const windows = windowsOf({ from: 0, to: 300 });
    const seen = [];
    for (let window = windows.current; window; window = windows.current) {
      seen.push([window.from, window.to]);
      windows.passed(0);
    }
    expect(seen).toEqual([
      [290, 300],
      [250, 290],
      [90, 250],
      [0, 90],
    ]);
  });

  it('becomes narrower where a window held more than it is to', () => {
    const windows = windowsOf({ from: 0, to: 300 });
    windows.passed(40);
    expect(windows.current).toEqual({ from: 285, to: 290 });
  });

  it('begins with all that lies behind the start, where the whole has no end', () => {
    expect(windowsOf({ from: 0, to: Infinity, start: 100 }).current).toEqual({ from: 90, to: Infinity });
    expect(windowsOf({ from: 99, to: Infinity, start: 50 }).current).toEqual({ from: 99, to: Infinity });
  });

  it('splits a window, and later ones never cross that place', () => {
    const bounds = new WindowBounds();
    const windows = windowsOf({ from: 0, to: 300 }, bounds);
    windows.split(297);
    expect(windows.current).toEqual({ from: 297, to: 300 });
    expect(windowsOf({ from: 0, to: 300 }, bounds).current).toEqual({ from: 297, to: 300 });
  });

  it('narrows a window that takes too long until it holds a single place', () => {
    const windows = windowsOf({ from: 0, to: 1_000 });
    for (let i = 0; i < 10; i++) windows.narrow();
    expect(windows.current).toEqual({ from: 999, to: 1_000 });
  });

  it('goes on as wide where it was left off', () => {
    const bounds = new WindowBounds();
    const windows = windowsOf({ from: 0, to: 300 }, bounds);
    windows.passed(0);
    windows.pause();
    expect(windowsOf({ from: 0, to: 290 }, bounds).current).toEqual({ from: 250, to: 290 });
  });

  it('covers the whole once, wherever its documents lie', () => {
    const places = fc.array(fc.nat(2_000), { maxLength: 400 });
    fc.assert(
      fc.property(places, (documents) => {
        const windows = windowsOf({ from: 0, to: 2_001 });
        let to = 2_001;
        for (let window = windows.current; window; window = windows.current) {
          expect(window.to).toBe(to);
          expect(window.from).toBeLessThan(to);
          const { from } = window;
          const held = documents.filter((place) => place >= from && place < to);
          if (held.length >= NEVER_FULL && to - from > 1) {
            windows.split(Math.min(Math.min(...held.slice(0, NEVER_FULL)) + 1, to - 1));
          } else {
            windows.passed(held.length);
            to = from;
          }
        }
        expect(to).toBe(0);
      }),
    );
  });
});

describe(BoundsOfAxes.name, () => {
  it('keeps the bounds of the axes that were asked for last', () => {
    const axes = new BoundsOfAxes();
    axes.of('first').add(1);
    for (let i = 0; i < 150; i++) axes.of(`other ${i}`);
    expect(axes.of('first').has(1)).toBe(true);
    for (let i = 0; i < 250; i++) axes.of(`another ${i}`);
    expect(axes.of('first').has(1)).toBe(false);
  });
});

describe(WindowBounds.name, () => {
  it('forgets the places furthest back where there are too many', () => {
    const bounds = new WindowBounds();
    for (let place = 0; place < 1_100; place++) bounds.add(place);
    expect(bounds.below(1_100)).toBe(1_099);
    expect([bounds.has(99), bounds.has(100)]).toEqual([false, true]);
    expect(bounds.below(100)).toBe(-Infinity);
  });
});
