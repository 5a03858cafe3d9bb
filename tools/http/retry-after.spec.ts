import { retryAfterMs } from './retry-after';

describe(retryAfterMs.name, () => {
  const NOW = Date.parse('2026-11-21T11:00:00Z');

  it.each([
    ['seconds', '3', 3_000],
    ['an HTTP date', 'Sat, 21 Nov 2026 11:00:05 GMT', 5_000],
    ['a date in the past', 'Sat, 21 Nov 2026 10:00:00 GMT', 0],
    ['more than half a minute', '3600', 3_600_000],
    ['no header', undefined, undefined],
    ['no header, as fetch has it', null, undefined],
    ['an empty header', '', undefined],
    ['nonsense', 'soon', undefined],
  ])('understands %s', (_name, header, expected) => {
    expect(retryAfterMs(header, NOW)).toBe(expected);
  });
});
