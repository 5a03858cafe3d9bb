import type { IncomingMessage } from 'node:http';
import { SocketAddress, isIP, type BlockList, type Socket } from 'node:net';
import { isLoopbackHost } from '../settings';

/** More proxies than any chain has; a header may hold thousands of entries. */
const MAX_HOPS = 32;
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const BRACKETED = /^\[([^\]]+)\](?::\d{1,5})?$/;
const WITH_PORT = /^([^:]+):\d{1,5}$/;

/** What tells where a request comes from. */
export type AddressedRequest = Pick<IncomingMessage, 'headers' | 'socket'>;

/**
 * Tells where requests come from: the peer of the connection, or, where that is a trusted proxy, the right-most
 * address of X-Forwarded-For that is not one. What an untrusted peer wrote is never believed.
 */
export class ClientAddresses {
  private readonly trustsNobody: boolean;

  constructor(private readonly trusted: BlockList) {
    this.trustsNobody = trusted.rules.length === 0;
  }

  /** IPv4-mapped addresses as IPv4; empty where a trusted proxy names something that is no address. */
  of({ headers, socket }: AddressedRequest): string {
    let address = peerAddressOf(socket);
    if (!this.isTrusted(address)) return address;
    const chain = textOf(headers['x-forwarded-for']);
    let end = chain.length;
    for (let hop = 0; hop < MAX_HOPS && end > 0 && this.isTrusted(address); hop++) {
      const comma = chain.lastIndexOf(',', end - 1);
      address = addressOf(chain.slice(comma + 1, end).trim());
      end = comma;
    }
    return address;
  }

  /** Whether the request comes from this machine itself: not through a proxy, or through one that vouches for it. */
  isLocal(request: AddressedRequest, address: string): boolean {
    if (!isLoopbackAddress(address)) return false;
    return !isForwarded(request) || this.isVouchedFor(request);
  }

  private isVouchedFor({ headers, socket }: AddressedRequest): boolean {
    return this.isTrusted(peerAddressOf(socket)) && textOf(headers['x-forwarded-for']) !== '';
  }

  private isTrusted(address: string): boolean {
    return !this.trustsNobody && isListed(this.trusted, address);
  }
}

/** Whether any proxy left its mark on a request. */
export function isForwarded({ headers }: Pick<AddressedRequest, 'headers'>): boolean {
  return Object.keys(headers).some((name) => name === 'forwarded' || name.startsWith('x-forwarded-'));
}

/** Whether a request calls this machine by a name that no other machine has. */
export function hasLoopbackHost({ headers }: Pick<AddressedRequest, 'headers'>): boolean {
  return isLoopbackHost((headers.host ?? '').replace(/:\d+$/, ''));
}

/** Whether `address` is in `blocks`; what is no address is in none. */
export function isListed(blocks: BlockList, address: string): boolean {
  return address !== '' && blocks.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}

/** The first 64 bits of an IPv6 address in its canonical form, which one client owns whole; an IPv4 address whole. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head, tail] = address.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const zeros = Array.from({ length: tail ? 8 - head!.length - tail.length : 0 }, () => '0');
  return [...head!, ...zeros, ...(tail ?? [])].slice(0, 4).join(':');
}

function isLoopbackAddress(address: string): boolean {
  return isIP(address) !== 0 && isLoopbackHost(address);
}

/** The address at the other end of a connection; an IPv4-mapped one as IPv4. */
export function peerAddressOf({ remoteAddress = '' }: Pick<Socket, 'remoteAddress'>): string {
  return plain(remoteAddress);
}

function plain(address: string): string {
  return address.startsWith('::') ? (MAPPED.exec(address)?.[1] ?? address) : address;
}

/** One entry of X-Forwarded-For, with or without a port, in its one canonical form; empty for anything else. */
function addressOf(entry: string): string {
  const text = BRACKETED.exec(entry)?.[1] ?? WITH_PORT.exec(entry)?.[1] ?? entry;
  const address = text.split('%', 1)[0]!;
  switch (isIP(address)) {
    case 4:
      return address;
    case 6:
      return plain(new SocketAddress({ address, family: 'ipv6' }).address);
    default:
      return '';
  }
}

function textOf(header: string | string[] | undefined): string {
  return Array.isArray(header) ? header.join() : (header ?? '');
}
