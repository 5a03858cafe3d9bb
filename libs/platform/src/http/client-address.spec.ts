import { BlockList } from 'node:net';
import { ClientAddresses } from './client-address';

const trusted = new BlockList();
trusted.addSubnet('10.0.0.0', 8, 'ipv4');
trusted.addSubnet('fd00::', 8, 'ipv6');
trusted.addSubnet('::ffff:192.0.2.1', 128, 'ipv6');
const addresses = new ClientAddresses(trusted);

function seen(peer: string | undefined, chain?: string | string[]): string {
  const headers = chain === undefined ? {} : { 'x-forwarded-for': chain };
  return addresses.of({ headers, socket: { remoteAddress: peer } } as never);
}

describe(ClientAddresses.name, () => {
  it.each([
    ['203.0.113.7', undefined, '203.0.113.7'],
    ['203.0.113.7', '198.51.100.1', '203.0.113.7'],
    ['::ffff:203.0.113.7', '198.51.100.1', '203.0.113.7'],
    ['2001:db8::1', '198.51.100.1', '2001:db8::1'],
    [undefined, '198.51.100.1', ''],
  ])('takes the peer %s for the client and not what it wrote (%s)', (peer, chain, expected) => {
    expect(seen(peer, chain)).toBe(expected);
  });

  it.each([
    ['198.51.100.1', '198.51.100.1'],
    ['1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['127.0.0.1, 10.9.9.9, 198.51.100.1, 10.1.1.1,10.2.2.2', '198.51.100.1'],
    ['198.51.100.1, fd00::7, ::ffff:10.3.3.3', '198.51.100.1'],
    ['10.3.3.3, 10.4.4.4', '10.3.3.3'],
    ['198.51.100.1:4711', '198.51.100.1'],
    ['[2001:db8::9]:443', '2001:db8::9'],
    ['[2001:db8::9]', '2001:db8::9'],
    ['2001:DB8:0:0::0009', '2001:db8::9'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:198.51.100.1', '198.51.100.1'],
    ['::ffff:c633:6401', '198.51.100.1'],
    ['198.51.100.1, ::ffff:a01:101', '198.51.100.1'],
    ['198.51.100.1, 192.0.2.1', '198.51.100.1'],
    [' \t198.51.100.1\t ', '198.51.100.1'],
  ])('walks back through trusted proxies: %s came from %s', (chain, expected) => {
    expect(seen('10.0.0.1', chain)).toBe(expected);
    expect(seen('::ffff:10.0.0.1', chain)).toBe(expected);
    expect(seen('fd00::1', chain)).toBe(expected);
    expect(seen('192.0.2.1', chain)).toBe(expected);
  });

  it.each([
    'unknown',
    '_hidden',
    'localhost',
    '127.1',
    '1.2.3.4.5',
    '198.51.100.1,',
    ',',
    '198.51.100.1, 10.1.1.1, ',
    '0x7f000001',
    '2130706433',
    '198.51.100.1:4711:1',
    '[198.51.100.1',
    '"198.51.100.1"',
    '198.51.100.1 10.1.1.1',
    '198.51.100.1\u0000',
    ':::1',
  ])('knows no address where a trusted proxy names %j', (chain) => {
    expect(seen('10.0.0.1', chain)).toBe('');
  });

  it('takes the proxy itself for the client where it names none', () => {
    expect(seen('10.0.0.1')).toBe('10.0.0.1');
    expect(seen('10.0.0.1', '')).toBe('10.0.0.1');
  });

  it('looks at a bounded part of a chain however long it is', () => {
    expect(seen('10.0.0.1', `198.51.100.1, ${Array(20).fill('10.1.1.1').join(', ')}`)).toBe('198.51.100.1');
    expect(seen('10.0.0.1', `198.51.100.1, ${Array(5_000).fill('10.1.1.1').join(', ')}`)).toBe('10.1.1.1');
    expect(seen('10.0.0.1', ['198.51.100.1', '10.1.1.1'])).toBe('198.51.100.1');
  });

  it('believes nobody where no proxy is trusted', () => {
    const alone = new ClientAddresses(new BlockList());
    const request = { headers: { 'x-forwarded-for': '1.1.1.1' }, socket: { remoteAddress: '127.0.0.1' } };
    expect(alone.of(request as never)).toBe('127.0.0.1');
    expect(alone.isLocal(request as never, '127.0.0.1')).toBe(false);
  });
});
