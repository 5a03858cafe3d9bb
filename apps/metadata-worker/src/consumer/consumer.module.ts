import { Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { getConnectionToken, MongooseModule } from '@nestjs/mongoose';
import { Kafka } from 'kafkajs';
import type { Connection } from 'mongoose';
import { Clock, DeadLetters, LineageStore, MetadataStore, RecordLineage, RecordMetadata } from '@libs/domain';
import { namedDatabase, NestLogger } from '@libs/platform';
import { version } from '../../../../package.json';
import { KafkaBatchServer } from '../adapters/kafka/kafka-batch-server';
import { KafkaDeadLetters } from '../adapters/kafka/kafka-dead-letters';
import { DatabaseWatch } from '../adapters/mongo/database-watch';
import { LINEAGE_COLLECTIONS, type LineageDocument } from '../adapters/mongo/lineage.document';
import { metadataCollection, mongooseOptions } from '../adapters/mongo/mongo-connection';
import { MongoLineageStore } from '../adapters/mongo/mongo-lineage-store';
import { MongoMetadataStore } from '../adapters/mongo/mongo-metadata-store';
import { workerConfig } from '../config';
import { RollupsModule } from '../rollups/rollups.module';
import { BatchProcessor } from './batch-processor';
import { BatchTransport } from './batch-transport';
import { ConsumerTelemetry, ConsumerTelemetryModule } from './consumer-telemetry';
import { LineageConsumer } from './lineage.consumer';
import { MetadataConsumer } from './metadata.consumer';

type Config = ConfigType<typeof workerConfig>;

/** The role `store`: records of all topics become documents. */
@Module({
  imports: [
    MongooseModule.forRootAsync({
      inject: [workerConfig.KEY, NestLogger],
      useFactory: ({ database }: Config, { pino }: NestLogger) => mongooseOptions(database, pino),
    }),
    ConsumerTelemetryModule,
    RollupsModule,
  ],
  controllers: [MetadataConsumer, LineageConsumer],
  providers: [
    {
      provide: BatchTransport,
      inject: [Kafka, workerConfig.KEY, ConsumerTelemetry],
      useFactory: (kafka: Kafka, { consumer }: Config, telemetry: ConsumerTelemetry) =>
        new KafkaBatchServer(kafka, consumer, telemetry),
    },
    BatchProcessor,
    {
      provide: KafkaDeadLetters,
      inject: [Kafka, NestLogger],
      useFactory: (kafka: Kafka, { pino }: NestLogger) => new KafkaDeadLetters(kafka, pino),
    },
    { provide: DeadLetters, useExisting: KafkaDeadLetters },
    {
      provide: RecordMetadata,
      inject: [MetadataStore, Clock, workerConfig.KEY],
      useFactory: (store: MetadataStore, clock: Clock, { pipelineTags }: Config) =>
        new RecordMetadata(store, clock, { pipelineTags, workerVersion: version }),
    },
    {
      provide: MetadataStore,
      inject: [getConnectionToken(), workerConfig.KEY],
      useFactory: (connection: Connection, { database, embeddingStorage }: Config) =>
        new MongoMetadataStore(() => metadataCollection(connection, database), embeddingStorage),
    },
    {
      provide: RecordLineage,
      inject: [LineageStore, Clock],
      useFactory: (store: LineageStore, clock: Clock) => new RecordLineage(store, clock, version),
    },
    {
      provide: LineageStore,
      inject: [getConnectionToken(), workerConfig.KEY],
      useFactory: (connection: Connection, { database }: Config) =>
        new MongoLineageStore((kind) =>
          namedDatabase(connection, database).collection<LineageDocument>(LINEAGE_COLLECTIONS[kind]),
        ),
    },
    {
      provide: DatabaseWatch,
      inject: [getConnectionToken(), workerConfig.KEY],
      useFactory: (connection: Connection, { database }: Config) =>
        new DatabaseWatch(() => metadataCollection(connection, database)),
    },
  ],
  exports: [BatchTransport, DatabaseWatch],
})
export class ConsumerModule implements OnModuleInit, OnApplicationShutdown {
  constructor(private readonly deadLetters: KafkaDeadLetters) {}

  onModuleInit(): void {
    this.deadLetters.start();
  }

  /** Runs after the transport finished its last batch. */
  onApplicationShutdown(): Promise<void> {
    return this.deadLetters.stop();
  }
}
