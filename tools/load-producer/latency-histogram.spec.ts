import { LatencyHistogram } from './latency-histogram';

describe(LatencyHistogram.name, () => {
  it('has no figures before the first time', () => {
    expect(new LatencyHistogram().figures).toBeUndefined();
  });

  it('gives percentiles to a thousandth', () => {
    const histogram = new LatencyHistogram();
    for (let ms = 1; ms <= 1_000; ms++) histogram.record(ms);
    const { p50 = 0, p95 = 0, p99 = 0, max = 0 } = histogram.figures ?? {};
    for (const [is, wanted] of [
      [p50, 500],
      [p95, 950],
      [p99, 990],
      [max, 1_000],
    ] as const) {
      expect(Math.abs(is / wanted - 1)).toBeLessThan(0.002);
    }
  });

  it('takes times below a microsecond and beyond a day', () => {
    const histogram = new LatencyHistogram();
    histogram.record(-1);
    histogram.record(1e12);
    expect(histogram.figures?.p50).toBeCloseTo(0.001);
    expect(histogram.figures?.max).toBeGreaterThan(86_000_000);
  });
});
