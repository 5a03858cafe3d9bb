import { Counter } from 'prom-client';
import { KEY_REQUESTS_METRIC, KeyMetrics } from './key-metrics';

describe(KeyMetrics.name, () => {
  it('counts outcomes by key id and forgets ids that are gone', async () => {
    const counter = new Counter({ ...KEY_REQUESTS_METRIC, registers: [] });
    const metrics = new KeyMetrics(counter);
    metrics.keep(['a', 'b']);
    for (const status of [200, 202, 304, 404, 429, 503]) metrics.observe('a', status);
    metrics.observe('b', 202);
    metrics.observe(null, 401);
    const counts = async (): Promise<Record<string, number>> =>
      Object.fromEntries(
        (await counter.get()).values.map(({ labels, value }) => [
          `${labels.key_id} ${labels.outcome}`,
          value,
        ]),
      );
    const ofA = { 'a served': 3, 'a refused': 1, 'a limited': 1, 'a failed': 1 };
    expect(await counts()).toEqual({ ...ofA, 'b served': 1, 'none refused': 1 });
    metrics.keep(['a']);
    expect(await counts()).toEqual({ ...ofA, 'none refused': 1 });
  });
});
