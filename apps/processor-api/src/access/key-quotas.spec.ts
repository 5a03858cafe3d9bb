import { KeyQuotas } from './key-quotas';

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
