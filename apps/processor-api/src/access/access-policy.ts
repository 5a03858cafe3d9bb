import type { BlockList } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { PipelineError } from '@libs/domain';
import { isLoopbackHost } from '@libs/platform';
import { Caller } from './caller';

export interface AccessSettings {
  readonly authMode: 'required' | 'off';
  readonly metricsCidrs: BlockList;
}

const OPEN_PATHS = /^\/(?:health(?:\/live|\/ready)?|docs(?:\/.*)?|openapi\.json)$/;

/**
 * Decides before a body is read who may ask for what.
 * Without keys (`off`) only this machine may: an HTTP tunnel shows itself by its headers or its Host.
 */
export class AccessPolicy {
  constructor(private readonly settings: AccessSettings) {}

  /** @throws PipelineError `address_not_allowed` or `unauthorized` */
  check(request: FastifyRequest): Caller {
    const path = request.url.split('?', 1)[0]!;
    if (this.settings.authMode === 'off' && !isDirectLoopback(request)) {
      throw new PipelineError(
        'address_not_allowed',
        'without API keys only requests of this machine are served',
      );
    }
    if (path === '/metrics') {
      this.checkMetrics(request);
    } else if (this.settings.authMode === 'required' && !OPEN_PATHS.test(path)) {
      throw new PipelineError('unauthorized', 'send a valid API key in X-API-Key or Authorization: Bearer');
    }
    return Caller.anybody;
  }

  private checkMetrics(request: FastifyRequest): void {
    const address = request.socket.remoteAddress ?? '';
    const family = address.includes(':') ? 'ipv6' : 'ipv4';
    const isLocal = isLoopbackAddress(address) && !isForwarded(request);
    if (!isLocal && !this.settings.metricsCidrs.check(address, family)) {
      throw new PipelineError('address_not_allowed', '/metrics serves loopback and METRICS_CIDRS');
    }
  }
}

function isDirectLoopback(request: FastifyRequest): boolean {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  return isLoopbackHost(host) && !isForwarded(request);
}

function isForwarded(request: FastifyRequest): boolean {
  return Object.keys(request.headers).some((name) => name === 'forwarded' || name.startsWith('x-forwarded-'));
}

function isLoopbackAddress(address: string): boolean {
  return isLoopbackHost(address.replace(/^::ffff:/, ''));
}
