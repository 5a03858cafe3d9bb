import { Controller, ForbiddenException, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { register } from 'prom-client';
import { MetricsReaders } from './metrics-readers';
import { Access } from './route-access';

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
