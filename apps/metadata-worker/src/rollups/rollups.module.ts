import { Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import {
  getToken,
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
} from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge, Histogram } from 'prom-client';
import { RollUpHours } from '@libs/domain';
import { NestLogger } from '@libs/platform';
import { workerConfig } from '../config';
import { RollupSchedule } from './rollup-schedule';
import {
  ROLLUP_DURATION_METRIC,
  ROLLUP_FAILURES_METRIC,
  ROLLUP_HOURS_METRIC,
  RollupTelemetry,
} from './rollup-telemetry';

const METRICS = [ROLLUP_DURATION_METRIC, ROLLUP_HOURS_METRIC, ROLLUP_FAILURES_METRIC];

/**
 * The roll-ups run while the program does. A module that is not global, because Nest ends those before the global
 * ones let go of the database, and after the transport finished its last batch.
 */
@Module({
  providers: [
    makeHistogramProvider(ROLLUP_DURATION_METRIC),
    makeGaugeProvider(ROLLUP_HOURS_METRIC),
    makeCounterProvider(ROLLUP_FAILURES_METRIC),
    {
      provide: RollupTelemetry,
      inject: [...METRICS.map(({ name }) => getToken(name)), NestLogger],
      useFactory: (durations: Histogram, waiting: Gauge, failures: Counter, { pino }: NestLogger) =>
        new RollupTelemetry(durations, waiting, failures, pino),
    },
    {
      provide: RollupSchedule,
      inject: [RollUpHours, workerConfig.KEY, RollupTelemetry],
      useFactory: (
        hours: RollUpHours,
        { rollupIntervalMs }: ConfigType<typeof workerConfig>,
        telemetry: RollupTelemetry,
      ) => new RollupSchedule(hours, rollupIntervalMs, telemetry),
    },
  ],
})
export class RollupsModule implements OnModuleInit, OnApplicationShutdown {
  constructor(private readonly schedule: RollupSchedule) {}

  onModuleInit(): void {
    this.schedule.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.schedule.stop();
  }
}
