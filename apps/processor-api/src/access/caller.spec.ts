import { Caller } from './caller';
import { KeyQuotas, RateLimited } from './rate-limits';

describe(Caller.name, () => {
  const key = { id: 'notebook', quotaPerMinute: 2, scopes: ['read'] as const };

  it('refuses each record beyond the quota and knows what is left', async () => {
    const caller = new Caller(key, new KeyQuotas(1000));
    expect(await caller.spend(1)).toBeUndefined();
    expect(caller.quota).toMatchObject({ perMinute: 2, remaining: 1 });
    expect(await caller.spend(1)).toBeUndefined();
    const refusal = await caller.spend(1);
    expect(refusal).toBeInstanceOf(RateLimited);
    expect(refusal).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 60, retriable: true });
    expect(caller.quota).toMatchObject({ remaining: 0 });
  });

  it('shares the quota with every request of the same key', async () => {
    const quotas = new KeyQuotas(1000);
    await Promise.all([new Caller(key, quotas).spend(1), new Caller(key, quotas).spend(1)]);
    expect(await new Caller(key, quotas).spend(1)).toMatchObject({ code: 'rate_limited' });
  });

  it('lets anybody on, and a key where limits are off', async () => {
    for (const caller of [Caller.anybody, new Caller(key, undefined)]) {
      expect(await caller.spend(1_000_000)).toBeUndefined();
      expect(caller.quota).toBeUndefined();
    }
    expect(Caller.anybody.may('ingest')).toBe(true);
    expect(Caller.anybody.keyId).toBeNull();
    expect(new Caller(key, undefined).keyId).toBe('notebook');
  });

  it('counts one record more for each 16 KiB of an answer, and refuses nothing for that', async () => {
    const caller = new Caller({ ...key, quotaPerMinute: 10 }, new KeyQuotas(1000));
    await caller.spend(1);
    await caller.spendAnswer(16_383);
    expect(caller.quota).toMatchObject({ remaining: 9 });
    await caller.spendAnswer(3 * 16_384);
    expect(caller.quota).toMatchObject({ remaining: 6 });
    await caller.spendAnswer(1_000_000);
    expect(await caller.spend(1)).toMatchObject({ code: 'rate_limited' });
  });
});
