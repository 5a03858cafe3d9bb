import type { BlockList } from 'node:net';
import { type AddressedRequest, type ClientAddresses, hasLoopbackHost, isListed } from './client-address';

/**
 * Who may read /metrics: this machine, and the addresses of METRICS_CIDRS. A page of another site can have a browser
 * of this machine ask for it under the site's own name (DNS rebinding): this machine must call itself by a loopback name.
 */
export class MetricsReaders {
  constructor(
    private readonly addresses: ClientAddresses,
    private readonly cidrs: BlockList,
  ) {}

  has(request: AddressedRequest): boolean {
    const address = this.addresses.of(request);
    if (isListed(this.cidrs, address)) return true;
    return this.addresses.isLocal(request, address) && hasLoopbackHost(request);
  }
}
