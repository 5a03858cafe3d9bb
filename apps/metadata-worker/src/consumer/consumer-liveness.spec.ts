import { ConsumerLiveness } from './consumer-liveness';

describe(ConsumerLiveness.name, () => {
  const forever = new Promise<Error>(() => undefined);
  const after = (silentMs: number, msSinceUnhealthy: number): string | undefined =>
    new ConsumerLiveness([{ silentMs, failed: forever }], { msSinceUnhealthy }).unhealthyReason();

  it('is green while the loop does something', () => {
    expect(after(59_000, 1_000_000)).toBeUndefined();
  });

  it('is red after a minute of nothing while Kafka answered', () => {
    expect(after(61_000, 1_000_000)).toBe('the consumer did nothing for 61 s');
  });

  it('is green while Kafka is away, and for a minute after it is back', () => {
    expect(after(1_000_000, 0)).toBeUndefined();
    expect(after(1_000_000, 59_000)).toBeUndefined();
    expect(after(1_000_000, 61_000)).toBeDefined();
  });

  it('is red as soon as the loop stopped for good', async () => {
    const failed = Promise.resolve(new Error('a bug'));
    const liveness = new ConsumerLiveness([{ silentMs: 0, failed }], { msSinceUnhealthy: 0 });
    await failed;
    expect(liveness.unhealthyReason()).toBe('the consumer stopped for good: a bug');
  });
});
