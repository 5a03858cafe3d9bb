import { BlockList } from 'node:net';
import type { AskedRequest } from '../http/asked-request';
import { AccessPolicy } from './access-policy';
import { digestOf, newApiKey } from './api-key';
import { Caller } from './caller';
import { ClientAddresses } from './client-address';
import { FailedAttempts } from './failed-attempts';
import { KeyQuotas } from './key-quotas';
import { KeyRing } from './key-ring';
import type { Scope } from './scope';

interface Asked {
  readonly method?: string;
  readonly url?: string;
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
    { authMode, allowedCidrs, metricsCidrs: officeNetwork },
    {
      addresses: new ClientAddresses(trustedProxies),
      keys: { keys: ring },
      clock: { now: () => NOW },
      limits,
    },
  );
}

function requestOf({
  method = 'POST',
  url = '/v1/metadata',
  headers = {},
  from = '127.0.0.1',
}: Asked): AskedRequest {
  const raw = { headers: { host: 'localhost', ...headers }, rawHeaders: Object.entries(headers).flat() };
  const socket = { remoteAddress: from };
  return {
    method,
    url,
    raw,
    headers: raw.headers,
    socket,
    caller: Caller.anybody,
  } as unknown as AskedRequest;
}

async function outcome(given: Given | 'required' | 'off' | AccessPolicy, asked: Asked): Promise<string> {
  const request = requestOf(asked);
  const settings = typeof given === 'string' ? { authMode: given } : given;
  const policy = settings instanceof AccessPolicy ? settings : policyOf(settings);
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
    ['/health', 'allowed'],
    ['/health?verbose=1', 'allowed'],
    ['/health/live', 'allowed'],
    ['/health/ready', 'allowed'],
    ['/docs', 'allowed'],
    ['/docs/swagger-ui.css', 'allowed'],
    ['/openapi.json', 'allowed'],
    ['/console', 'allowed'],
    ['/console/app.js', 'allowed'],
    ['/console-data', 'unauthorized'],
    ['/v1/gpus', 'unauthorized'],
    ['/health/', 'unauthorized'],
    ['/Health', 'unauthorized'],
    ['/docs-internal', 'unauthorized'],
    ['/v1/metadata?/health', 'unauthorized'],
    ['/v1/metadata#/docs', 'unauthorized'],
    ['http://localhost/docs', 'unauthorized'],
    ['*', 'unauthorized'],
    ['', 'unauthorized'],
  ])('finds %s %s while keys are required and none was sent', async (url, expected) => {
    expect(await outcome('required', { url })).toBe(expected);
  });

  it.each([
    ['127.0.0.1', 'allowed'],
    ['::1', 'allowed'],
    ['::ffff:127.0.0.1', 'allowed'],
    ['10.20.30.40', 'allowed'],
    ['::ffff:10.20.30.40', 'allowed'],
    ['fd12::7', 'allowed'],
    ['10.21.0.1', 'address_not_allowed'],
    ['203.0.113.7', 'address_not_allowed'],
    ['::ffff:203.0.113.7', 'address_not_allowed'],
    ['', 'address_not_allowed'],
  ])('finds /metrics for %s %s', async (from, expected) => {
    expect(await outcome('required', { url: '/metrics', from })).toBe(expected);
  });

  it('takes loopback for a proxy where /metrics was forwarded', async () => {
    const headers = { 'x-forwarded-for': '127.0.0.1' };
    expect(await outcome('required', { url: '/metrics', headers })).toBe('address_not_allowed');
    expect(await outcome('required', { url: '/metrics', headers, from: '10.20.0.1' })).toBe('allowed');
  });

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
      expect(await outcome('off', { url: '/health', headers: { [name]: 'x' } })).toBe('address_not_allowed');
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
    ['in two headers that differ', { 'x-api-key': keys.whole, authorization: `Bearer ${keys.reads}` }],
    ['beside another scheme', { 'x-api-key': keys.whole, authorization: 'Basic dTpw' }],
    ['under another scheme', { authorization: `Basic ${keys.whole}` }],
    ['without a scheme', { authorization: keys.whole }],
    ['sent twice', { 'x-api-key': `${keys.whole}, ${keys.whole}` }],
    ['empty', { 'x-api-key': '' }],
  ])('does not know a key that is %s', async (_name, headers) => {
    expect(await outcome('required', { headers })).toBe('unauthorized');
  });

  it.each([
    ['writes', 'POST', '/v1/metadata', 'writes'],
    ['writes', 'POST', '/v1/metadata/batch', 'writes'],
    ['writes', 'POST', '/v1/gpu-metrics', 'writes'],
    ['writes', 'POST', '/v1/metadata/search', 'insufficient_scope'],
    ['writes', 'GET', '/v1/metadata', 'insufficient_scope'],
    ['writes', 'HEAD', '/gpu/info', 'insufficient_scope'],
    ['writes', 'GET', '/nowhere', 'insufficient_scope'],
    ['reads', 'GET', '/v1/metadata', 'reads'],
    ['reads', 'POST', '/v1/metadata/search', 'reads'],
    ['reads', 'POST', '/v1/metadata/search?x=1', 'reads'],
    ['reads', 'POST', '/v1/metadata/search/', 'insufficient_scope'],
    ['reads', 'POST', '/v1/metadata', 'insufficient_scope'],
    ['reads', 'DELETE', '/v1/metadata', 'insufficient_scope'],
    ['whole', 'GET', '/v1/gpus', 'whole'],
    ['whole', 'POST', '/metadata', 'whole'],
  ] as const)('lets a key that %s ask %s %s: %s', async (key, method, url, expected) => {
    expect(await outcome('required', { method, url, headers: { 'x-api-key': keys[key] } })).toBe(expected);
  });

  it('serves only the addresses of ALLOWED_CIDRS, but probes from everywhere and /metrics by its own list', async () => {
    const given = { allowedCidrs: officeNetwork };
    const headers = { 'x-api-key': keys.whole };
    expect(await outcome(given, { headers, from: '10.20.1.1' })).toBe('whole');
    expect(await outcome(given, { headers, from: '::ffff:10.20.1.1' })).toBe('whole');
    for (const from of ['127.0.0.1', '203.0.113.7', '::1', '']) {
      expect(await outcome(given, { headers, from })).toBe('address_not_allowed');
      expect(await outcome(given, { url: '/docs', from })).toBe('address_not_allowed');
      expect(await outcome(given, { url: '/health/ready', from })).toBe('allowed');
    }
    expect(await outcome(given, { url: '/metrics', from: '127.0.0.1' })).toBe('allowed');
  });

  it('believes X-Forwarded-For from a trusted proxy alone', async () => {
    const trustedProxies = new BlockList();
    trustedProxies.addAddress('127.0.0.1', 'ipv4');
    const given = { trustedProxies, allowedCidrs: officeNetwork };
    const headers = { 'x-api-key': keys.whole, 'x-forwarded-for': '10.20.1.1' };
    expect(await outcome(given, { headers })).toBe('whole');
    expect(await outcome(given, { headers, from: '203.0.113.7' })).toBe('address_not_allowed');
    expect(await outcome({ allowedCidrs: officeNetwork }, { headers })).toBe('address_not_allowed');
    const metrics = (chain: string): Promise<string> =>
      outcome(given, { url: '/metrics', headers: { 'x-forwarded-for': chain } });
    expect(await metrics('127.0.0.1')).toBe('allowed');
    expect(await metrics('203.0.113.7')).toBe('address_not_allowed');
    expect(await metrics('nonsense')).toBe('address_not_allowed');
    expect(await metrics('')).toBe('address_not_allowed');
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
