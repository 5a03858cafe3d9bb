import { bottleneckOf } from './bottleneck';

const easy = { utilization: 0.4, latenessMs: 2, waiting: 0, idleConnections: 3 };

describe(bottleneckOf.name, () => {
  it.each([
    ['nothing holds records back', {}, undefined],
    ['the producer is behind its schedule while connections are idle', { latenessMs: 80 }, 'producer'],
    ['the event loop has no time left', { utilization: 0.99, waiting: 500, idleConnections: 0 }, 'producer'],
    ['all connections wait for the server', { waiting: 500, idleConnections: 0 }, 'connections'],
    ['a batch fills', { waiting: 5 }, undefined],
    ['all connections are busy and nothing waits', { idleConnections: 0 }, undefined],
  ] as const)('when %s', (_name, changes, expected) => {
    expect(bottleneckOf({ ...easy, ...changes })).toBe(expected);
  });
});
