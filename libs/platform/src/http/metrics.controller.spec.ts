import { BlockList } from 'node:net';
import { ClientAddresses } from './client-address';
import { MetricsReaders } from './metrics.controller';

const office = new BlockList();
office.addSubnet('10.20.0.0', 16, 'ipv4');
office.addSubnet('fd00::', 8, 'ipv6');
const proxies = new BlockList();
proxies.addAddress('127.0.0.1', 'ipv4');

interface Asked {
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly trusted?: BlockList;
  readonly cidrs?: BlockList;
}

function serves({
  from = '127.0.0.1',
  headers = {},
  trusted = new BlockList(),
  cidrs = office,
}: Asked): boolean {
  const readers = new MetricsReaders(new ClientAddresses(trusted), cidrs);
  const request = { headers: { host: 'localhost:8000', ...headers }, socket: { remoteAddress: from } };
  return readers.has(request as never);
}

describe(MetricsReaders.name, () => {
  it.each([
    ['127.0.0.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.20.30.40', true],
    ['::ffff:10.20.30.40', true],
    ['fd12::7', true],
    ['10.21.0.1', false],
    ['203.0.113.7', false],
    ['::ffff:203.0.113.7', false],
    ['', false],
  ])('are at %s: %s', (from, expected) => {
    expect(serves({ from })).toBe(expected);
  });

  it('are not behind a proxy on this machine that nobody trusts', () => {
    const headers = { 'x-forwarded-for': '127.0.0.1' };
    expect(serves({ headers })).toBe(false);
    expect(serves({ headers, from: '10.20.0.1' })).toBe(true);
  });

  it.each([
    ['127.0.0.1', true],
    ['10.20.1.1', true],
    ['203.0.113.7', false],
    ['nonsense', false],
    ['', false],
  ])('are behind a trusted proxy that names %s: %s', (chain, expected) => {
    expect(serves({ headers: { 'x-forwarded-for': chain }, trusted: proxies })).toBe(expected);
  });

  it.each(['metrics.example', 'localhost.evil.example', '127.0.0.1.evil.example:8000', '0.0.0.0:8000', ''])(
    'are no pages that a browser on this machine opened as "%s"',
    (host) => {
      expect(serves({ headers: { host } })).toBe(false);
      expect(serves({ headers: { host, 'x-forwarded-for': '127.0.0.1' }, trusted: proxies })).toBe(false);
      expect(serves({ headers: { host }, from: '10.20.0.1' })).toBe(true);
    },
  );

  it('are at loopback by whatever name where METRICS_CIDRS says so', () => {
    expect(serves({ headers: { host: 'api.internal:8000' }, cidrs: proxies })).toBe(true);
  });
});
