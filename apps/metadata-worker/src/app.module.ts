import { Global, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ConfigModule, type ConfigType } from '@nestjs/config';
import { getConnectionToken, MongooseModule } from '@nestjs/mongoose';
import {
  getToken,
  makeCounterProvider,
  makeHistogramProvider,
  PrometheusModule,
} from '@willsoto/nestjs-prometheus';
import type { Connection } from 'mongoose';
import type { Counter, Histogram } from 'prom-client';
import { GPU_METADATA_TOPICS } from '@libs/contracts';
import { Clock, DeadLetters, MetadataStore, RecordMetadata } from '@libs/domain';
import {
  createKafkaClient,
  createLogger,
  HealthModule,
  KafkaWatch,
  NestLogger,
  Readiness,
  SystemClock,
} from '@libs/platform';
import { version } from '../../../package.json';
import { KafkaBatchServer } from './adapters/kafka/kafka-batch-server';
import { KafkaDeadLetters } from './adapters/kafka/kafka-dead-letters';
import { DatabaseWatch } from './adapters/mongo/database-watch';
import { metadataCollection, mongooseOptions } from './adapters/mongo/mongo-connection';
import { MongoMetadataStore } from './adapters/mongo/mongo-metadata-store';
import { workerConfig } from './config';
import { BatchTransport } from './consumer/batch-transport';
import {
  BATCH_DURATION_METRIC,
  ConsumerTelemetry,
  DEAD_LETTERS_METRIC,
  RECORDS_METRIC,
} from './consumer/consumer-telemetry';
import { MetadataConsumer } from './consumer/metadata.consumer';

type Config = ConfigType<typeof workerConfig>;

@Global()
@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [workerConfig] }),
    MongooseModule.forRootAsync({
      inject: [workerConfig.KEY, NestLogger],
      useFactory: ({ database }: Config, { pino }: NestLogger) => mongooseOptions(database, pino),
    }),
    PrometheusModule.register({ path: '/metrics' }),
    HealthModule,
  ],
  controllers: [MetadataConsumer],
  providers: [
    {
      provide: NestLogger,
      inject: [workerConfig.KEY],
      useFactory: ({ logLevel }: Config) => new NestLogger(createLogger('metadata-worker', logLevel)),
    },
    { provide: Clock, useClass: SystemClock },
    {
      provide: KafkaWatch,
      inject: [workerConfig.KEY, NestLogger],
      useFactory: ({ kafka }: Config, { pino }: NestLogger) =>
        new KafkaWatch(
          createKafkaClient(kafka, pino),
          { topics: GPU_METADATA_TOPICS, createTopics: kafka.createTopics },
          pino,
        ),
    },
    {
      provide: BatchTransport,
      inject: [workerConfig.KEY, NestLogger],
      useFactory: ({ kafka, consumer }: Config, { pino }: NestLogger) =>
        new KafkaBatchServer(createKafkaClient(kafka, pino), consumer, pino),
    },
    {
      provide: KafkaDeadLetters,
      inject: [workerConfig.KEY, NestLogger],
      useFactory: ({ kafka }: Config, { pino }: NestLogger) =>
        new KafkaDeadLetters(createKafkaClient(kafka, pino), pino),
    },
    { provide: DeadLetters, useExisting: KafkaDeadLetters },
    {
      provide: MetadataStore,
      inject: [getConnectionToken(), workerConfig.KEY],
      useFactory: (connection: Connection, { database, embeddingStorage }: Config) =>
        new MongoMetadataStore(() => metadataCollection(connection, database), embeddingStorage),
    },
    {
      provide: DatabaseWatch,
      inject: [getConnectionToken(), workerConfig.KEY],
      useFactory: (connection: Connection, { database }: Config) =>
        new DatabaseWatch(() => metadataCollection(connection, database)),
    },
    {
      provide: RecordMetadata,
      inject: [MetadataStore, Clock, workerConfig.KEY],
      useFactory: (store: MetadataStore, clock: Clock, { pipelineTags }: Config) =>
        new RecordMetadata(store, clock, { pipelineTags, workerVersion: version }),
    },
    makeCounterProvider(RECORDS_METRIC),
    makeCounterProvider(DEAD_LETTERS_METRIC),
    makeHistogramProvider(BATCH_DURATION_METRIC),
    {
      provide: ConsumerTelemetry,
      inject: [
        ...[RECORDS_METRIC, DEAD_LETTERS_METRIC, BATCH_DURATION_METRIC].map(({ name }) => getToken(name)),
        NestLogger,
      ],
      useFactory: (records: Counter, deadLetters: Counter, durations: Histogram, { pino }: NestLogger) =>
        new ConsumerTelemetry(records, deadLetters, durations, pino),
    },
    {
      provide: Readiness,
      inject: [KafkaWatch, BatchTransport, DatabaseWatch],
      useFactory: (kafka: KafkaWatch, transport: BatchTransport, database: DatabaseWatch) =>
        new Readiness(async () => ({
          kafka: kafka.problem ?? transport.problem,
          database: await database.problem(),
        })),
    },
  ],
  exports: [Readiness, NestLogger],
})
export class AppModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly watch: KafkaWatch,
    private readonly deadLetters: KafkaDeadLetters,
  ) {}

  onModuleInit(): void {
    this.watch.start();
    this.deadLetters.start();
  }

  /** Runs after the transport finished its last batch. */
  async onApplicationShutdown(): Promise<void> {
    await this.deadLetters.stop();
    await this.watch.stop();
  }
}
