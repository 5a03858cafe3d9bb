import { Injectable } from '@nestjs/common';
import { NestLogger } from '@libs/platform';
import { KeyMetrics } from '../access/key-metrics';
import { HttpMetrics } from './http-metrics';
import type { ProblemAnswer } from './problems/problem';
import { RecentTraffic } from './recent-traffic';
import type { RequestInfo } from './request-info';

/** Counts and logs each request once it was answered. */
@Injectable()
export class RequestLog {
  constructor(
    private readonly metrics: HttpMetrics,
    private readonly keyMetrics: KeyMetrics,
    private readonly traffic: RecentTraffic,
    private readonly logger: NestLogger,
  ) {}

  answered(request: RequestInfo, status: number): void {
    const { method, route, caller, outcome, startedAt } = request;
    const ms = performance.now() - startedAt;
    this.metrics.observe({ method, route: route?.pattern }, status, ms / 1000);
    this.keyMetrics.observe(caller.keyId, status);
    if (route?.access === 'ingest') {
      const isAccepted = status < 300;
      this.traffic.note({
        accepted: Number(isAccepted),
        refused: Number(!isAccepted),
        ...outcome.records,
        ms,
      });
    }
    const { pino } = this.logger;
    if (pino.isLevelEnabled('info')) pino.info(logLine(request, status, ms), 'request');
  }

  /** What Node's parser refused, and never became a request. */
  broken({ status, code }: ProblemAnswer, remote: string | undefined): void {
    this.metrics.observe({ method: 'other', route: undefined }, status, 0);
    this.logger.pino.info({ status, code, remote }, 'broken request');
  }
}

function logLine(request: RequestInfo, status: number, ms: number): Record<string, unknown> {
  return {
    requestId: request.id,
    method: request.method,
    route: request.route?.pattern,
    status,
    ms: Math.round(ms * 100) / 100,
    bytes: Number(request.headers['content-length'] ?? 0),
    remote: request.clientAddress,
    keyId: request.caller.keyId ?? undefined,
    traceId: request.span?.traceId,
    ...request.outcome,
  };
}
