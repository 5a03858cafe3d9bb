import { pageWindows, type CaptureRange } from './metadata-queries';

const NOW = new Date('2026-11-21T17:30:00.000Z');
const before = (ms: number): Date => new Date(NOW.getTime() - ms);

describe('pageWindows', () => {
  const windows = (whole: CaptureRange): CaptureRange[] => [...pageWindows(whole, NOW)];

  it('goes back from now in ranges that follow one another, the first and the last without an end', () => {
    const cut = windows({});
    expect(cut.slice(0, 3)).toEqual([
      { from: before(1_000) },
      { from: before(5_000), to: before(1_000) },
      { from: before(21_000), to: before(5_000) },
    ]);
    expect(cut.at(-1)).toEqual({ to: cut.at(-2)!.from });
    expect(cut.length).toBeLessThan(18);
  });

  it('ends where the whole begins', () => {
    expect(windows({ from: before(3_000) })).toEqual([
      { from: before(1_000) },
      { from: before(3_000), to: before(1_000) },
    ]);
  });

  it('begins where the whole ends, or now where that is later', () => {
    const future = before(-86_400_000);
    expect(windows({ from: before(500), to: future })).toEqual([{ from: before(500), to: future }]);
    expect(windows({ to: future })[0]).toEqual({ from: before(1_000), to: future });
    expect(windows({ to: before(9_000) })[0]).toEqual({ from: before(10_000), to: before(9_000) });
  });
});
