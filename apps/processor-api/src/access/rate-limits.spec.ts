import { FailedAttempts, KeyQuotas } from './rate-limits';

describe(KeyQuotas.name, () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('gives each key the quota of its own, or the default', async () => {
    const quotas = new KeyQuotas(3);
    const plain = { id: 'plain', quotaPerMinute: undefined };
    const generous = { id: 'generous', quotaPerMinute: 100 };
    expect(await quotas.spend(plain, 1)).toMatchObject({ perMinute: 3, remaining: 2, isExceeded: false });
    expect(await quotas.spend(generous, 1)).toMatchObject({ perMinute: 100, remaining: 99 });
    expect(await quotas.spend(plain, 2)).toMatchObject({ remaining: 0, isExceeded: false });
    expect(await quotas.spend(plain, 1)).toMatchObject({ remaining: 0, isExceeded: true });
    expect(await quotas.spend(generous, 1)).toMatchObject({ remaining: 98, isExceeded: false });
  });

  it('is whole again a minute after the first request', async () => {
    jest.useFakeTimers({ now: 0 });
    const quotas = new KeyQuotas(1);
    const key = { id: 'a', quotaPerMinute: undefined };
    expect(await quotas.spend(key, 1)).toMatchObject({ resetSeconds: 60 });
    jest.advanceTimersByTime(30_500);
    expect(await quotas.spend(key, 1)).toMatchObject({ isExceeded: true, resetSeconds: 30 });
    jest.advanceTimersByTime(29_500);
    expect(await quotas.spend(key, 1)).toMatchObject({ isExceeded: false, remaining: 0, resetSeconds: 60 });
  });

  it('follows a quota that changed in the middle of a minute', async () => {
    const quotas = new KeyQuotas(1);
    await quotas.spend({ id: 'a', quotaPerMinute: 5 }, 5);
    expect(await quotas.spend({ id: 'a', quotaPerMinute: 10 }, 1)).toMatchObject({ remaining: 4 });
    expect(await quotas.spend({ id: 'a', quotaPerMinute: 2 }, 1)).toMatchObject({ isExceeded: true });
  });
});

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
