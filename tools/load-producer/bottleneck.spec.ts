import { bottleneckOf } from './bottleneck';

const easy = { utilization: 0.4, latenessMs: 2, waiting: 0, idleConnections: 3 };
const full = { waiting: 500, idleConnections: 0 };

describe(bottleneckOf.name, () => {
  it.each([
    ['nothing holds records back', {}, undefined],
    ['the producer is behind its schedule while connections are idle', { latenessMs: 80 }, 'producer'],
    ['the event loop has no time left', { ...full, utilization: 0.99 }, 'producer'],
    ['all connections wait for the server', full, 'connections'],
    ['a batch fills', { waiting: 5 }, undefined],
    ['all connections are busy and nothing waits', { idleConnections: 0 }, undefined],
  ] as const)('when %s', (_name, changes, expected) => {
    const second = { ...easy, ...changes };
    expect(bottleneckOf(second, second)).toBe(expected);
  });

  it('is not the producer for one bad second', () => {
    expect(bottleneckOf({ ...easy, latenessMs: 300 }, easy)).toBeUndefined();
    expect(bottleneckOf({ ...easy, latenessMs: 300 }, undefined)).toBeUndefined();
  });

  it('is the producer at once when it slept', () => {
    expect(bottleneckOf({ ...easy, latenessMs: 3_000 }, undefined)).toBe('producer');
  });
});
