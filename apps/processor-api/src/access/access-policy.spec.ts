import { BlockList } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { AccessPolicy } from './access-policy';

interface Asked {
  readonly url?: string;
  readonly headers?: Record<string, string>;
  readonly from?: string | undefined;
}

const officeNetwork = new BlockList();
officeNetwork.addSubnet('10.20.0.0', 16, 'ipv4');
officeNetwork.addSubnet('fd00::', 8, 'ipv6');

function outcome(authMode: 'required' | 'off', asked: Asked): string {
  const { url = '/v1/metadata', headers = {}, from = '127.0.0.1' } = asked;
  const request = { url, headers: { host: 'localhost', ...headers }, socket: { remoteAddress: from } };
  const policy = new AccessPolicy({ authMode, metricsCidrs: officeNetwork });
  try {
    policy.check(request as unknown as FastifyRequest);
    return 'allowed';
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
    ['/health/', 'unauthorized'],
    ['/Health', 'unauthorized'],
    ['/docs-internal', 'unauthorized'],
    ['/v1/metadata?/health', 'unauthorized'],
    ['/v1/metadata#/docs', 'unauthorized'],
    ['http://localhost/docs', 'unauthorized'],
    ['*', 'unauthorized'],
    ['', 'unauthorized'],
  ])('finds %s %s while keys are required and none was sent', (url, expected) => {
    expect(outcome('required', { url })).toBe(expected);
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
  ])('finds /metrics for %s %s', (from, expected) => {
    expect(outcome('required', { url: '/metrics', from })).toBe(expected);
  });

  it('takes loopback for a proxy where /metrics was forwarded', () => {
    const headers = { 'x-forwarded-for': '127.0.0.1' };
    expect(outcome('required', { url: '/metrics', headers })).toBe('address_not_allowed');
    expect(outcome('required', { url: '/metrics', headers, from: '10.20.0.1' })).toBe('allowed');
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
  ])('finds a request to %s without keys %s', (host, expected) => {
    expect(outcome('off', { headers: { host } })).toBe(expected);
  });

  it.each(['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-new'])(
    'serves nothing without keys to a request that carries %s, be it empty',
    (name) => {
      expect(outcome('off', { headers: { [name]: '' } })).toBe('address_not_allowed');
      expect(outcome('off', { url: '/health', headers: { [name]: 'x' } })).toBe('address_not_allowed');
    },
  );
});
