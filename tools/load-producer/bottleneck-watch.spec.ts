import { BottleneckWatch } from './bottleneck-watch';

describe(BottleneckWatch.name, () => {
  const warnings: string[] = [];
  let watch: BottleneckWatch;

  beforeEach(() => {
    warnings.length = 0;
    jest.useFakeTimers({ doNotFake: ['performance'] });
    watch = new BottleneckWatch(
      (text) => warnings.push(text),
      () => 0.5,
    );
  });
  afterEach(() => {
    watch.stop();
    jest.useRealTimers();
  });

  it('counts seconds in which all connections were busy while records waited', () => {
    watch.start(() => ({ waiting: 5, idleConnections: 0 }));
    jest.advanceTimersByTime(3_000);
    expect(watch.seconds).toMatchObject({ connections: 3 });
    expect(warnings).toEqual([]);
  });

  it('warns once while the producer is behind its own schedule, and remembers how far', () => {
    watch.start(() => ({ waiting: 0, idleConnections: 3 }));
    for (const latenessMs of [80, 120, 60]) {
      watch.noteLateness(latenessMs);
      jest.advanceTimersByTime(1_000);
    }
    expect(watch.seconds).toEqual({ producer: 2, connections: 0, none: 1 });
    expect(watch.maxLatenessMs).toBe(120);
    expect(warnings).toEqual([
      expect.stringMatching(/^the producer is the bottleneck, .* 120 ms behind its schedule/),
    ]);
  });
});
