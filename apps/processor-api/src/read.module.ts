import { Module, type DynamicModule, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { getConnectionToken, MongooseModule } from '@nestjs/mongoose';
import { getToken } from '@willsoto/nestjs-prometheus';
import type { Connection } from 'mongoose';
import { Gauge } from 'prom-client';
import { Clock, GpuCatalogue, HourlyFigures, MetadataReader, SimilarityIndex } from '@libs/domain';
import { namedDatabase, NestLogger } from '@libs/platform';
import { MongoGpuCatalogue } from './adapters/mongo/mongo-gpu-catalogue';
import { MongoHourlyFigures } from './adapters/mongo/mongo-hourly-figures';
import { MongoMetadataReader } from './adapters/mongo/mongo-metadata-reader';
import { ReadDatabase } from './adapters/mongo/read-database';
import { readConnection } from './adapters/mongo/read-connection';
import { ThreadedSimilarityIndex } from './adapters/mongo/threaded-similarity-index';
import { processorConfig, type ReadSettings } from './config';
import { HttpModule } from './http/http.module';
import { GpuController } from './reads/gpu.controller';
import { MetadataReadController } from './reads/metadata-read.controller';
import { SearchController } from './reads/search.controller';
import { StatsController } from './reads/stats.controller';

type Config = ConfigType<typeof processorConfig>;

const CIRCUIT_METRIC = {
  name: 'reads_refused_by_circuit',
  help: '1 while reads are refused at once because the database kept failing',
};

const SEARCH_INDEX_METRICS: Provider[] = [
  { name: 'search_index_vectors', help: 'Vectors in the search index', of: 'vectors' } as const,
  { name: 'search_index_bytes', help: 'Memory of the search index', of: 'bytes' } as const,
].map(({ name, help, of }) => ({
  provide: getToken(name),
  inject: [ThreadedSimilarityIndex],
  useFactory: (similar: ThreadedSimilarityIndex) =>
    new Gauge({
      name,
      help,
      collect(this: Gauge) {
        this.set(similar.held[of]);
      },
    }),
}));

/**
 * The read side: its own connection, pool, deadline and circuit, apart from everything that writes. Without a
 * database to read from its routes are there too, and say so.
 */
@Module({
  imports: [HttpModule],
  controllers: [StatsController, MetadataReadController, GpuController, SearchController],
  providers: [
    {
      provide: ReadDatabase,
      inject: [getConnectionToken(), processorConfig.KEY, NestLogger],
      useFactory: (connection: Connection | null, { reads }: Config, { pino }: NestLogger) =>
        new ReadDatabase(
          connection && reads ? { ...reads, database: () => namedDatabase(connection, reads) } : undefined,
          pino,
        ),
    },
    {
      provide: MetadataReader,
      inject: [ReadDatabase, Clock],
      useFactory: (database: ReadDatabase, clock: Clock) => new MongoMetadataReader(database, clock),
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
    {
      provide: ThreadedSimilarityIndex,
      inject: [processorConfig.KEY, NestLogger],
      useFactory: ({ reads, searchIndexBytes: indexBytes }: Config, { pino }: NestLogger) =>
        new ThreadedSimilarityIndex(reads && { reads, indexBytes }, pino),
    },
    { provide: SimilarityIndex, useExisting: ThreadedSimilarityIndex },
    ...SEARCH_INDEX_METRICS,
  ],
  exports: [ReadDatabase],
})
export class ReadModule implements OnApplicationShutdown {
  constructor(private readonly similar: ThreadedSimilarityIndex) {}

  static withDatabase(reads: ReadSettings | undefined): DynamicModule {
    return reads
      ? { module: ReadModule, imports: [READ_CONNECTION] }
      : { module: ReadModule, providers: [{ provide: getConnectionToken(), useValue: null }] };
  }

  /** Runs after the HTTP server answered its last request. */
  onApplicationShutdown(): Promise<void> {
    return this.similar.stop();
  }
}

const READ_CONNECTION = MongooseModule.forRootAsync({
  inject: [processorConfig.KEY, NestLogger],
  useFactory: ({ reads }: Config, { pino }: NestLogger) => readConnection(reads!, pino),
});
