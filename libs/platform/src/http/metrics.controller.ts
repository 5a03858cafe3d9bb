import type { BlockList } from 'node:net';
import { Controller, ForbiddenException, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { register } from 'prom-client';
import { type AddressedRequest, type ClientAddresses, hasLoopbackHost, isListed } from './client-address';
import { Access } from './routes';

/**
 * Who may read /metrics: this machine, and the addresses of METRICS_CIDRS. A page of another site can have a browser of
 * this machine ask for it under the site's own name (DNS rebinding), so this machine must use a loopback name.
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

/** The figures of the process, for Prometheus. */
@Controller()
export class MetricsController {
  constructor(private readonly readers: MetricsReaders) {}

  @Get()
  @Access('metrics')
  figures(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    if (!this.readers.has(request)) {
      throw new ForbiddenException('/metrics serves loopback and METRICS_CIDRS');
    }
    void reply.type(register.contentType);
    return register.metrics();
  }
}
