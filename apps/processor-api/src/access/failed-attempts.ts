import { hash, randomBytes } from 'node:crypto';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { WINDOW_SECONDS } from './key-quotas';
import { RateLimited } from './rate-limit';

/**
 * Addresses share this many counters, so that memory stays the same whatever comes. Two that share one share its
 * limit: the second is told 429 where it would have been told 401, and neither if it has a key.
 */
const COUNTERS = 16_384;

/** Counts requests without a known key by where they come from; IPv6 by network of 64 bits, which one client owns whole. */
export class FailedAttempts {
  private readonly counts = new RateLimiterMemory({
    points: Number.MAX_SAFE_INTEGER,
    duration: WINDOW_SECONDS,
  });
  /** Nobody can pick an address that shares the counter of another. */
  private readonly salt = randomBytes(16).toString('hex');

  constructor(private readonly perMinute: number) {}

  /** Resolves to the refusal to send once there were too many from this address. */
  async count(address: string): Promise<RateLimited | undefined> {
    const { consumedPoints, msBeforeNext } = await this.counts.consume(this.counterOf(address));
    if (consumedPoints <= this.perMinute) return undefined;
    const seconds = Math.max(Math.ceil(msBeforeNext / 1000), 1);
    return new RateLimited(
      'too_many_failures',
      'too many requests without a known key came from this address',
      seconds,
    );
  }

  private counterOf(address: string): number {
    return hash('sha256', this.salt + networkOf(address), 'buffer').readUInt32BE() % COUNTERS;
  }
}

/** The first 64 bits of an IPv6 address in its canonical form; an IPv4 address whole. */
function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const groups = groupsOf(head);
  if (tail === undefined) return groups.slice(0, 4).join(':');
  const rest = groupsOf(tail);
  const zeros = Array.from({ length: 8 - groups.length - rest.length }, () => '0');
  return [...groups, ...zeros, ...rest].slice(0, 4).join(':');
}

function groupsOf(part: string): string[] {
  return part === '' ? [] : part.split(':');
}
