import { Module, type DynamicModule, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { getConnectionToken, MongooseModule } from '@nestjs/mongoose';
import { getToken } from '@willsoto/nestjs-prometheus';
import type { Connection } from 'mongoose';
import { Gauge } from 'prom-client';
import { MetadataReader, SimilarityIndex } from '@libs/domain';
import { namedDatabase, NestLogger } from '@libs/platform';
import { MongoMetadataReader } from './adapters/mongo/mongo-metadata-reader';
import { ReadDatabase } from './adapters/mongo/read-database';
import { readConnection } from './adapters/mongo/read-connection';
import { ThreadedSimilarityIndex } from './adapters/mongo/threaded-similarity-index';
import { processorConfig, type ReadSettings } from './config';
import { SearchController } from './reads/search.controller';

type Config = ConfigType<typeof processorConfig>;

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
  controllers: [SearchController],
  providers: [
    {
      provide: ReadDatabase,
      inject: [getConnectionToken(), processorConfig.KEY],
      useFactory: (connection: Connection | null, { reads }: Config) =>
        new ReadDatabase(
          connection && reads ? { ...reads, database: () => namedDatabase(connection, reads) } : undefined,
        ),
    },
    {
      provide: MetadataReader,
      inject: [ReadDatabase],
      useFactory: (database: ReadDatabase) => new MongoMetadataReader(database),
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
