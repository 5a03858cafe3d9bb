import { BlockList } from 'node:net';
import { ClientAddresses, type RouteAccess } from '@libs/platform';
import { AccessPolicy, type AccessRequest } from './access-policy';
import { digestOf, newApiKey, type Scope } from './api-key';
import { Caller } from './caller';
import { KeyRing } from './key-ring';
import { FailedAttempts, KeyQuotas } from './rate-limits';

interface Asked {
  /** Null: no route serves the request. */
  readonly access?: RouteAccess | null;
  readonly headers?: Record<string, string>;
  readonly from?: string | undefined;
}

const NOW = new Date('2026-11-21T12:00:00Z');
const officeNetwork = new BlockList();
officeNetwork.addSubnet('10.20.0.0', 16, 'ipv4');
officeNetwork.addSubnet('fd00::', 8, 'ipv6');
const nobody = new BlockList();

const keys = { whole: newApiKey(), writes: newApiKey(), reads: newApiKey() };
const ring = new KeyRing(
  Object.entries(keys).map(([id, key]) => ({
    id,
    sha256: digestOf(key),
    scopes: { whole: ['ingest', 'read'], writes: ['ingest'], reads: ['read'] }[id] as Scope[],
    createdAt: NOW.toISOString(),
  })),
);

interface Given {
  readonly authMode?: 'required' | 'off';
  readonly allowedCidrs?: BlockList;
  readonly trustedProxies?: BlockList;
  readonly limits?: { readonly quotas: KeyQuotas; readonly failures: FailedAttempts };
}

function policyOf({
  authMode = 'required',
  allowedCidrs = nobody,
  trustedProxies = nobody,
  limits,
}: Given): AccessPolicy {
  return new AccessPolicy(
    { authMode, allowedCidrs },
    {
      addresses: new ClientAddresses(trustedProxies),
      keys: { find: (sent) => ring.find(sent, NOW) },
      limits,
    },
  );
}

function requestOf({ access = 'ingest', headers = {}, from = '127.0.0.1' }: Asked): AccessRequest {
  const raw = { headers: { host: 'localhost', ...headers }, rawHeaders: Object.entries(headers).flat() };
  const socket = { remoteAddress: from };
  return {
    route: access === null ? undefined : { pattern: '/somewhere', access },
    raw,
    headers: raw.headers,
    socket,
    caller: Caller.anybody,
  } as unknown as AccessRequest;
}

function outcome(given: Given | 'required' | 'off' | AccessPolicy, asked: Asked): Promise<string> {
  const settings = typeof given === 'string' ? { authMode: given } : given;
  return outcomeOf(settings instanceof AccessPolicy ? settings : policyOf(settings), requestOf(asked));
}

async function outcomeOf(policy: AccessPolicy, request: AccessRequest): Promise<string> {
  request.clientAddress = policy.addressOf(request);
  try {
    await policy.admit(request);
    return request.caller.keyId ?? 'allowed';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe(AccessPolicy.name, () => {
  it.each([
    ['open', 'allowed'],
    ['health', 'allowed'],
    ['metrics', 'allowed'],
    ['ingest', 'unauthorized'],
    ['read', 'unauthorized'],
    [null, 'unauthorized'],
  ] as const)(
    'finds a request for a route of access %s %s while keys are required',
    async (access, expected) => {
      expect(await outcome('required', { access })).toBe(expected);
    },
  );

  it.each([
    ['localhost', 'allowed'],
    ['localhost:8000', 'allowed'],
    ['api.localhost', 'allowed'],
    ['127.8.9.10:1', 'allowed'],
    ['[::1]:8000', 'allowed'],
    ['localhost.', 'address_not_allowed'],
    ['localhost:8000:1', 'address_not_allowed'],
    ['localhost@evil.example', 'address_not_allowed'],
    ['evil.example', 'address_not_allowed'],
    ['127.0.0.1.nip.io', 'address_not_allowed'],
    ['0.0.0.0', 'address_not_allowed'],
    ['', 'address_not_allowed'],
  ])('finds a request to %s without keys %s', async (host, expected) => {
    expect(await outcome('off', { headers: { host } })).toBe(expected);
  });

  it.each(['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-new'])(
    'serves nothing without keys to a request that carries %s, be it empty',
    async (name) => {
      expect(await outcome('off', { headers: { [name]: '' } })).toBe('address_not_allowed');
      expect(await outcome('off', { access: 'health', headers: { [name]: 'x' } })).toBe(
        'address_not_allowed',
      );
    },
  );

  it('knows a key in either header by its id, and takes it out of the request', async () => {
    for (const headers of [
      { 'x-api-key': keys.whole },
      { authorization: `Bearer ${keys.whole}` },
      { authorization: `bEARER  ${keys.whole} ` },
      { 'x-api-key': keys.whole, authorization: `Bearer ${keys.whole}` },
    ]) {
      expect(await outcome('required', { headers })).toBe('whole');
      const request = requestOf({ headers });
      request.clientAddress = '';
      await policyOf({}).admit(request);
      expect(JSON.stringify([request.headers, request.raw.rawHeaders])).not.toContain(keys.whole);
    }
  });

  it.each([
    ['unknown', { 'x-api-key': newApiKey() }],
    ['cut short', { 'x-api-key': keys.whole.slice(0, -1) }],
    ['with a blank before it', { 'x-api-key': ` ${keys.whole}` }],
    [
      'in two kinds of headers that differ',
      { 'x-api-key': keys.whole, authorization: `Bearer ${keys.reads}` },
    ],
    ['beside another scheme', { 'x-api-key': keys.whole, authorization: 'Basic dTpw' }],
    ['under another scheme', { authorization: `Basic ${keys.whole}` }],
    ['without a scheme', { authorization: keys.whole }],
    ['sent twice', { 'x-api-key': `${keys.whole}, ${keys.whole}` }],
    ['empty', { 'x-api-key': '' }],
  ])('does not know a key that is %s', async (_name, headers) => {
    expect(await outcome('required', { headers })).toBe('unauthorized');
  });

  it.each(['Authorization', 'X-API-Key'])('does not know a key beside another one in %s', async (name) => {
    const given = (...sent: readonly string[]): Promise<string> => {
      const values = sent.map((key) => (name === 'Authorization' ? `Bearer ${key}` : key));
      const request = requestOf({});
      // As Node has them: of the first kind the first, of the second all.
      request.headers[name.toLowerCase()] = name === 'Authorization' ? values[0] : values.join(', ');
      request.raw.rawHeaders.push(...values.flatMap((value) => [name, value]));
      return outcomeOf(policyOf({}), request);
    };
    expect(await given(keys.whole, keys.reads)).toBe('unauthorized');
    expect(await given(keys.whole, 'nonsense')).toBe('unauthorized');
    expect(await given(keys.whole, '')).toBe('unauthorized');
    expect(await given(keys.whole, keys.whole)).toBe('whole');
  });

  it.each([
    ['writes', 'ingest', 'writes'],
    ['writes', 'read', 'insufficient_scope'],
    ['writes', null, 'writes'],
    ['reads', 'read', 'reads'],
    ['reads', 'ingest', 'insufficient_scope'],
    ['reads', null, 'reads'],
    ['whole', 'ingest', 'whole'],
    ['whole', 'read', 'whole'],
  ] as const)('lets a key that %s ask for a route of access %s: %s', async (key, access, expected) => {
    expect(await outcome('required', { access, headers: { 'x-api-key': keys[key] } })).toBe(expected);
  });

  it('serves only the addresses of ALLOWED_CIDRS, but leaves probes and /metrics to others', async () => {
    const given = { allowedCidrs: officeNetwork };
    const headers = { 'x-api-key': keys.whole };
    expect(await outcome(given, { headers, from: '10.20.1.1' })).toBe('whole');
    expect(await outcome(given, { headers, from: '::ffff:10.20.1.1' })).toBe('whole');
    for (const from of ['127.0.0.1', '203.0.113.7', '::1', '']) {
      expect(await outcome(given, { headers, from })).toBe('address_not_allowed');
      expect(await outcome(given, { access: 'open', from })).toBe('address_not_allowed');
      expect(await outcome(given, { access: null, headers, from })).toBe('address_not_allowed');
      expect(await outcome(given, { access: 'health', from })).toBe('allowed');
      expect(await outcome(given, { access: 'metrics', from })).toBe('allowed');
    }
  });

  it('believes X-Forwarded-For from a trusted proxy alone', async () => {
    const trustedProxies = new BlockList();
    trustedProxies.addAddress('127.0.0.1', 'ipv4');
    const given = { trustedProxies, allowedCidrs: officeNetwork };
    const headers = { 'x-api-key': keys.whole, 'x-forwarded-for': '10.20.1.1' };
    expect(await outcome(given, { headers })).toBe('whole');
    expect(await outcome(given, { headers, from: '203.0.113.7' })).toBe('address_not_allowed');
    expect(await outcome({ allowedCidrs: officeNetwork }, { headers })).toBe('address_not_allowed');
  });

  describe('with limits', () => {
    const right = { headers: { 'x-api-key': keys.whole } };
    const wrong = { headers: { 'x-api-key': 'wrong' } };

    it('refuses wrong keys of one address after a while, and never a right one', async () => {
      const limits = { quotas: new KeyQuotas(100), failures: new FailedAttempts(3) };
      const policy = policyOf({ limits });
      for (let attempt = 1; attempt <= 3; attempt++)
        expect(await outcome(policy, wrong)).toBe('unauthorized');
      expect(await outcome(policy, wrong)).toBe('too_many_failures');
      expect(await outcome(policy, {})).toBe('too_many_failures');
      expect(await outcome(policy, right)).toBe('whole');
      expect(await outcome(policy, { ...wrong, from: '203.0.113.7' })).toBe('unauthorized');
    });

    it('counts what a key asks for, whatever becomes of it, and refuses it before it looks at its scope', async () => {
      const limits = { quotas: new KeyQuotas(2), failures: new FailedAttempts(100) };
      const policy = policyOf({ limits });
      const asked = { headers: { 'x-api-key': keys.reads } };
      expect(await outcome(policy, asked)).toBe('insufficient_scope');
      expect(await outcome(policy, asked)).toBe('insufficient_scope');
      expect(await outcome(policy, asked)).toBe('rate_limited');
      expect(await outcome(policy, right)).toBe('whole');
    });
  });
});
