import { Module, type DynamicModule } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { getConnectionToken, MongooseModule } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { MetadataReader } from '@libs/domain';
import { namedDatabase, NestLogger } from '@libs/platform';
import { MongoMetadataReader } from './adapters/mongo/mongo-metadata-reader';
import { ReadDatabase } from './adapters/mongo/read-database';
import { readConnection } from './adapters/mongo/read-connection';
import { processorConfig, type ReadSettings } from './config';

type Config = ConfigType<typeof processorConfig>;

/**
 * The read side: its own connection, pool, deadline and circuit, apart from everything that writes. Without a
 * database to read from its routes are there too, and say so.
 */
@Module({
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
  ],
})
export class ReadModule {
  static withDatabase(reads: ReadSettings | undefined): DynamicModule {
    return reads
      ? { module: ReadModule, imports: [READ_CONNECTION] }
      : { module: ReadModule, providers: [{ provide: getConnectionToken(), useValue: null }] };
  }
}

const READ_CONNECTION = MongooseModule.forRootAsync({
  inject: [processorConfig.KEY, NestLogger],
  useFactory: ({ reads }: Config, { pino }: NestLogger) => readConnection(reads!, pino),
});
