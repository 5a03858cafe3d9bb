import { FailedAttempts } from './failed-attempts';

describe(FailedAttempts.name, () => {
  async function isRefused(attempts: FailedAttempts, address: string): Promise<boolean> {
    return (await attempts.count(address)) !== undefined;
  }

  it('refuses an address after its attempts of the minute, and says for how long', async () => {
    const attempts = new FailedAttempts(2);
    expect(await isRefused(attempts, '203.0.113.7')).toBe(false);
    expect(await isRefused(attempts, '203.0.113.7')).toBe(false);
    expect(await attempts.count('203.0.113.7')).toMatchObject({
      code: 'too_many_failures',
      retryAfterSeconds: 60,
    });
    expect(await isRefused(attempts, '203.0.113.8')).toBe(false);
  });

  it('takes an IPv6 network of 64 bits for one client', async () => {
    const attempts = new FailedAttempts(1);
    expect(await isRefused(attempts, '2001:db8:1:2::1')).toBe(false);
    expect(await isRefused(attempts, '2001:db8:1:2:a:b:c:d')).toBe(true);
    expect(await isRefused(attempts, '2001:db8:1:3::1')).toBe(false);
    expect(await isRefused(attempts, '2001:db8::1')).toBe(false);
    expect(await isRefused(attempts, '2001:db8::ffff:1')).toBe(true);
    expect(await isRefused(attempts, '::1')).toBe(false);
    expect(await isRefused(attempts, '::2')).toBe(true);
  });

  it('remembers no more than so many addresses', async () => {
    const attempts = new FailedAttempts(1_000_000);
    const set = jest.spyOn(global, 'setTimeout');
    for (let n = 0; n < 40_000; n++) await attempts.count(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
    // The library keeps a timer for each counter.
    expect(set.mock.calls.length).toBeLessThanOrEqual(16_384);
    expect(set.mock.calls.length).toBeGreaterThan(10_000);
    set.mockRestore();
  });
});
