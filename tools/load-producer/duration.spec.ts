import { durationMs } from './duration';

describe(durationMs.name, () => {
  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5s', 1_500],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
  ])('reads %s', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  it.each(['', '30', 's', '30 s', '-5s', '5d', '5s later'])('does not read %j', (text) => {
    expect(durationMs(text)).toBeUndefined();
  });
});
