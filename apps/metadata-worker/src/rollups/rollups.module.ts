import { Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { getConnectionToken } from '@nestjs/mongoose';
import { makeCounterProvider, makeGaugeProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Connection } from 'mongoose';
import { Clock, HourlyRollups, RollUpHours } from '@libs/domain';
import { namedDatabase } from '@libs/platform';
import { MongoHourlyRollups } from '../adapters/mongo/mongo-hourly-rollups';
import { workerConfig } from '../config';
import { RollupSchedule } from './rollup-schedule';
import {
  ROLLUP_DURATION_METRIC,
  ROLLUP_FAILURES_METRIC,
  ROLLUP_HOURS_METRIC,
  RollupTelemetry,
} from './rollup-telemetry';

type Config = ConfigType<typeof workerConfig>;

/** While another worker recounts, the hours wait for the next run: waiting would count as time spent on them. */
const ROLLUP_PATIENCE_MS = 0;

/**
 * The roll-ups run while the program does. A module that is not global, because Nest ends those before the global
 * ones let go of the database, and after the transport finished its last batch.
 */
@Module({
  providers: [
    makeHistogramProvider(ROLLUP_DURATION_METRIC),
    makeGaugeProvider(ROLLUP_HOURS_METRIC),
    makeCounterProvider(ROLLUP_FAILURES_METRIC),
    RollupTelemetry,
    {
      provide: HourlyRollups,
      inject: [getConnectionToken(), workerConfig.KEY],
      useFactory: (connection: Connection, { database }: Config) =>
        new MongoHourlyRollups(() => namedDatabase(connection, database), ROLLUP_PATIENCE_MS),
    },
    {
      provide: RollUpHours,
      inject: [HourlyRollups, Clock, workerConfig.KEY],
      useFactory: (rollups: HourlyRollups, clock: Clock, { retentionDays, rollupIntervalMs }: Config) =>
        new RollUpHours(rollups, clock, { sliceMs: rollupIntervalMs / 10, retentionDays }),
    },
    {
      provide: RollupSchedule,
      inject: [RollUpHours, workerConfig.KEY, RollupTelemetry],
      useFactory: (hours: RollUpHours, { rollupIntervalMs }: Config, telemetry: RollupTelemetry) =>
        new RollupSchedule(hours, rollupIntervalMs, telemetry),
    },
  ],
  exports: [RollUpHours],
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
