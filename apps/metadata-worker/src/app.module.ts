import { Global, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { getConnectionToken, MongooseModule } from '@nestjs/mongoose';
import { getToken, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import { Kafka } from 'kafkajs';
import type { Connection } from 'mongoose';
import type { Counter, Histogram } from 'prom-client';
import { GPU_METADATA_TOPICS, GPU_METRICS_TOPICS, TOKEN_USAGE_TOPICS } from '@libs/contracts';
import {
  Clock,
  DeadLetters,
  HourlyRollups,
  LineageStore,
  MetadataStore,
  RecordLineage,
  RecordMetadata,
  RollUpHours,
} from '@libs/domain';
import { KafkaWatch, Liveness, NestLogger, PlatformModule, Readiness } from '@libs/platform';
import { version } from '../../../package.json';
import { KafkaBatchServer } from './adapters/kafka/kafka-batch-server';
import { KafkaDeadLetters } from './adapters/kafka/kafka-dead-letters';
import { DatabaseWatch } from './adapters/mongo/database-watch';
import { LINEAGE_COLLECTIONS, type LineageDocument } from './adapters/mongo/lineage.document';
import { metadataCollection, mongooseOptions, namedDatabase } from './adapters/mongo/mongo-connection';
import { MongoHourlyRollups } from './adapters/mongo/mongo-hourly-rollups';
import { MongoLineageStore } from './adapters/mongo/mongo-lineage-store';
import { MongoMetadataStore } from './adapters/mongo/mongo-metadata-store';
import { workerConfig } from './config';
import { BatchTransport } from './consumer/batch-transport';
import { BatchSettlement } from './consumer/batch-settlement';
import {
  BATCH_DURATION_METRIC,
  ConsumerTelemetry,
  DEAD_LETTERS_METRIC,
  OFFSET_JUMPS_METRIC,
  RECORDS_METRIC,
} from './consumer/consumer-telemetry';
import { LineageConsumer } from './consumer/lineage.consumer';
import { MetadataConsumer } from './consumer/metadata.consumer';
import { consumerLiveness } from './health/consumer-liveness';
import { RollupsModule } from './rollups/rollups.module';

type Config = ConfigType<typeof workerConfig>;
type TelemetryParts = [Counter, Counter, Counter, Histogram, NestLogger];

/** While another worker recounts, the hours wait for the next run: waiting would count as time spent on them. */
const ROLLUP_PATIENCE_MS = 0;

@Global()
@Module({
  imports: [
    PlatformModule.forProgram({
      service: 'metadata-worker',
      config: workerConfig,
      topics: [...GPU_METADATA_TOPICS, ...GPU_METRICS_TOPICS, ...TOKEN_USAGE_TOPICS],
    }),
    MongooseModule.forRootAsync({
      inject: [workerConfig.KEY, NestLogger],
      useFactory: ({ database }: Config, { pino }: NestLogger) => mongooseOptions(database, pino),
    }),
    RollupsModule,
  ],
  controllers: [MetadataConsumer, LineageConsumer],
  providers: [
    {
      provide: BatchTransport,
      inject: [Kafka, workerConfig.KEY, ConsumerTelemetry, NestLogger],
      useFactory: (kafka: Kafka, { consumer }: Config, telemetry: ConsumerTelemetry, { pino }: NestLogger) =>
        new KafkaBatchServer(kafka, consumer, {
          log: pino,
          jumped: (jump) => {
            telemetry.jumped(jump);
          },
        }),
    },
    {
      provide: KafkaDeadLetters,
      inject: [Kafka, NestLogger],
      useFactory: (kafka: Kafka, { pino }: NestLogger) => new KafkaDeadLetters(kafka, pino),
    },
    { provide: DeadLetters, useExisting: KafkaDeadLetters },
    {
      provide: MetadataStore,
      inject: [getConnectionToken(), workerConfig.KEY],
      useFactory: (connection: Connection, { database, embeddingStorage }: Config) =>
        new MongoMetadataStore(() => metadataCollection(connection, database), embeddingStorage),
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
    {
      provide: RecordMetadata,
      inject: [MetadataStore, Clock, workerConfig.KEY],
      useFactory: (store: MetadataStore, clock: Clock, { pipelineTags }: Config) =>
        new RecordMetadata(store, clock, { pipelineTags, workerVersion: version }),
    },
    {
      provide: RecordLineage,
      inject: [LineageStore, Clock],
      useFactory: (store: LineageStore, clock: Clock) => new RecordLineage(store, clock, version),
    },
    ...[RECORDS_METRIC, DEAD_LETTERS_METRIC, OFFSET_JUMPS_METRIC].map(makeCounterProvider),
    makeHistogramProvider(BATCH_DURATION_METRIC),
    {
      provide: ConsumerTelemetry,
      inject: [
        ...[RECORDS_METRIC, DEAD_LETTERS_METRIC, OFFSET_JUMPS_METRIC, BATCH_DURATION_METRIC].map(({ name }) =>
          getToken(name),
        ),
        NestLogger,
      ],
      useFactory: (...[records, deadLetters, offsetJumps, durations, { pino }]: TelemetryParts) =>
        new ConsumerTelemetry({ records, deadLetters, offsetJumps, durations }, pino),
    },
    {
      provide: BatchSettlement,
      inject: [DeadLetters, Clock, ConsumerTelemetry],
      useFactory: (deadLetters: DeadLetters, clock: Clock, telemetry: ConsumerTelemetry) =>
        new BatchSettlement(deadLetters, clock, telemetry),
    },
    {
      provide: Liveness,
      inject: [BatchTransport, KafkaWatch],
      useFactory: (transport: BatchTransport, kafka: KafkaWatch) => consumerLiveness(transport, kafka),
    },
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
      provide: Readiness,
      inject: [KafkaWatch, BatchTransport, DatabaseWatch],
      useFactory: (kafka: KafkaWatch, transport: BatchTransport, database: DatabaseWatch) =>
        new Readiness(async () => ({
          kafka: kafka.problem,
          consumer: transport.problem,
          database: await database.problem(),
        })),
    },
  ],
  exports: [Liveness, Readiness, RollUpHours],
})
export class AppModule implements OnModuleInit, OnApplicationShutdown {
  constructor(private readonly deadLetters: KafkaDeadLetters) {}

  onModuleInit(): void {
    this.deadLetters.start();
  }

  /** Runs after the transport finished its last batch. */
  onApplicationShutdown(): Promise<void> {
    return this.deadLetters.stop();
  }
}
