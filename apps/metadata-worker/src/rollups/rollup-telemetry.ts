import { Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge, Histogram } from 'prom-client';
import { NestLogger } from '@libs/platform';

export const ROLLUP_DURATION_METRIC = {
  name: 'rollup_duration_seconds',
  help: 'Time of one run over the hours whose figures are to be recounted',
  buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60],
};
export const ROLLUP_HOURS_METRIC = {
  name: 'rollup_hours_waiting',
  help: 'Hours whose figures are to be recounted',
};
export const ROLLUP_FAILURES_METRIC = {
  name: 'rollup_failures_total',
  help: 'Runs that failed; their hours are recounted later',
};

/** What the worker tells about its hourly figures. */
@Injectable()
export class RollupTelemetry {
  constructor(
    @InjectMetric(ROLLUP_DURATION_METRIC.name) private readonly durations: Histogram,
    @InjectMetric(ROLLUP_HOURS_METRIC.name) private readonly waiting: Gauge,
    @InjectMetric(ROLLUP_FAILURES_METRIC.name) private readonly failures: Counter,
    private readonly logger: NestLogger,
  ) {}

  ended(durationMs: number, hoursWaiting: number): void {
    this.durations.observe(durationMs / 1_000);
    this.waiting.set(hoursWaiting);
  }

  failed(error: unknown): void {
    this.failures.inc();
    this.logger.pino.warn({ err: error }, 'hourly figures not recounted, will try again');
  }
}
