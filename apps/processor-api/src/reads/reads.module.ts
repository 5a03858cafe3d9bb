import { Module, type DynamicModule } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { getConnectionToken, MongooseModule } from '@nestjs/mongoose';
import { getToken } from '@willsoto/nestjs-prometheus';
import type { Connection } from 'mongoose';
import { Gauge } from 'prom-client';
import { Clock, GpuCatalogue, HourlyFigures, MetadataReader } from '@libs/domain';
import { namedDatabase, NestLogger } from '@libs/platform';
import { EmbeddedPages } from '../adapters/mongo/embedded-pages';
import { IndexedPages } from '../adapters/mongo/metadata-pages';
import { MongoGpuCatalogue } from '../adapters/mongo/mongo-gpu-catalogue';
import { MongoHourlyFigures } from '../adapters/mongo/mongo-hourly-figures';
import { MongoMetadataReader } from '../adapters/mongo/mongo-metadata-reader';
import { ReadDatabase } from '../adapters/mongo/read-database';
import { readConnection } from '../adapters/mongo/read-connection';
import { processorConfig } from '../config';
import { GpuController } from './gpu.controller';
import { MetadataReadController } from './metadata-read.controller';
import { StatsController } from './stats.controller';
import { VectorAnswers } from './vector-answers';

type Config = ConfigType<typeof processorConfig>;

const CIRCUIT_METRIC = {
  name: 'reads_refused_by_circuit',
  help: '1 while reads of any kind are refused at once because the database kept failing them',
};

/**
 * The read side: its own connection, pool, deadline and circuit, apart from everything that writes. Without a
 * database to read from its routes are there too, and say so.
 */
@Module({
  controllers: [StatsController, MetadataReadController, GpuController],
  providers: [
    {
      provide: ReadDatabase,
      inject: [{ token: getConnectionToken(), optional: true }, processorConfig.KEY, NestLogger],
      useFactory: (connection: Connection | undefined, { reads }: Config, { pino }: NestLogger) =>
        new ReadDatabase(
          connection && reads ? { ...reads, database: () => namedDatabase(connection, reads) } : undefined,
          pino,
        ),
    },
    {
      provide: MetadataReader,
      inject: [ReadDatabase, Clock, processorConfig.KEY],
      useFactory: (database: ReadDatabase, clock: Clock, { reads }: Config) =>
        new MongoMetadataReader(
          database,
          reads?.kind === 'embedded' ? new EmbeddedPages(clock) : new IndexedPages(),
        ),
    },
    {
      provide: VectorAnswers,
      inject: [processorConfig.KEY],
      useFactory: ({ reads }: Config) => new VectorAnswers(reads?.timeoutMs),
    },
    {
      provide: HourlyFigures,
      inject: [ReadDatabase],
      useFactory: (database: ReadDatabase) => new MongoHourlyFigures(database),
    },
    {
      provide: GpuCatalogue,
      inject: [ReadDatabase],
      useFactory: (database: ReadDatabase) => new MongoGpuCatalogue(database),
    },
    {
      provide: getToken(CIRCUIT_METRIC.name),
      inject: [ReadDatabase],
      useFactory: (database: ReadDatabase) =>
        new Gauge({
          ...CIRCUIT_METRIC,
          collect(this: Gauge) {
            this.set(database.isRefusing ? 1 : 0);
          },
        }),
    },
  ],
  exports: [ReadDatabase],
})
export class ReadsModule {
  /** What a process that reads imports besides; it does not wait for the database. */
  static connection(): DynamicModule {
    return MongooseModule.forRootAsync({
      inject: [processorConfig.KEY, NestLogger],
      useFactory: ({ reads }: Config, { pino }: NestLogger) => readConnection(reads!, pino),
    });
  }
}
