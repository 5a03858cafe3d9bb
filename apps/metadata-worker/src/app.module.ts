import {
  Global,
  Inject,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { getConnectionToken, MongooseModule } from '@nestjs/mongoose';
import { Kafka } from 'kafkajs';
import type { Connection } from 'mongoose';
import {
  GPU_METADATA_TOPIC,
  GPU_METADATA_TOPICS,
  GPU_METRICS_TOPICS,
  TOKEN_USAGE_TOPICS,
} from '@libs/contracts';
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
import { KafkaWatch, Liveness, namedDatabase, NestLogger, PlatformModule, Readiness } from '@libs/platform';
import { version } from '../../../package.json';
import { KafkaArchiveConsumer } from './adapters/kafka/kafka-archive-consumer';
import { KafkaBatchServer } from './adapters/kafka/kafka-batch-server';
import { KafkaDeadLetters } from './adapters/kafka/kafka-dead-letters';
import { DatabaseWatch } from './adapters/mongo/database-watch';
import { LINEAGE_COLLECTIONS, type LineageDocument } from './adapters/mongo/lineage.document';
import { metadataCollection, mongooseOptions } from './adapters/mongo/mongo-connection';
import { MongoHourlyRollups } from './adapters/mongo/mongo-hourly-rollups';
import { MongoLineageStore } from './adapters/mongo/mongo-lineage-store';
import { MongoMetadataStore } from './adapters/mongo/mongo-metadata-store';
import { S3Archive } from './adapters/s3/s3-archive';
import { ARCHIVE_TELEMETRY, ArchiveTelemetry } from './archive/archive-telemetry';
import { Archivist } from './archive/archivist';
import { workerConfig, type WorkerRole } from './config';
import { BatchTransport } from './consumer/batch-transport';
import { BatchProcessor } from './consumer/batch-processor';
import { CONSUMER_TELEMETRY, ConsumerTelemetry, type OffsetJump } from './consumer/consumer-telemetry';
import { LineageConsumer } from './consumer/lineage.consumer';
import { MetadataConsumer } from './consumer/metadata.consumer';
import { consumerLiveness } from './health/consumer-liveness';
import { ConsumingLoops } from './health/consuming-loops';
import { RollupsModule } from './rollups/rollups.module';

type Config = ConfigType<typeof workerConfig>;
type ArchiveConsumerDependencies = [Kafka, Config, ArchiveTelemetry, ConsumerTelemetry, NestLogger];
type ReadinessDeps = [Config, KafkaWatch, BatchTransport, DatabaseWatch, KafkaArchiveConsumer | null];

const ARCHIVE_GROUP = 'metadata-archive';

/** While another worker recounts, the hours wait for the next run: waiting would count as time spent on them. */
const ROLLUP_PATIENCE_MS = 0;

const DATABASE_CONNECTION = MongooseModule.forRootAsync({
  inject: [workerConfig.KEY, NestLogger],
  useFactory: ({ database }: Config, { pino }: NestLogger) => mongooseOptions(database, pino),
});

@Global()
@Module({
  imports: [
    PlatformModule.forProgram({
      service: 'metadata-worker',
      config: workerConfig,
      topics: [...GPU_METADATA_TOPICS, ...GPU_METRICS_TOPICS, ...TOKEN_USAGE_TOPICS],
    }),
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
    ...CONSUMER_TELEMETRY,
    ...ARCHIVE_TELEMETRY,
    BatchProcessor,
    {
      provide: KafkaArchiveConsumer,
      inject: [Kafka, workerConfig.KEY, ArchiveTelemetry, ConsumerTelemetry, NestLogger],
      useFactory: archiveConsumer,
    },
    {
      provide: ConsumingLoops,
      inject: [workerConfig.KEY, BatchTransport, KafkaArchiveConsumer],
      useFactory: ({ roles }: Config, transport: BatchTransport, archive: KafkaArchiveConsumer | null) =>
        new ConsumingLoops([...(roles.includes('store') ? [transport] : []), ...(archive ? [archive] : [])]),
    },
    {
      provide: Liveness,
      inject: [ConsumingLoops, KafkaWatch],
      useFactory: (loops: ConsumingLoops, kafka: KafkaWatch) => consumerLiveness(loops, kafka),
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
      inject: [workerConfig.KEY, KafkaWatch, BatchTransport, DatabaseWatch, KafkaArchiveConsumer],
      useFactory: (...[{ roles }, kafka, transport, database, archive]: ReadinessDeps) =>
        new Readiness(async () => ({
          kafka: kafka.problem,
          ...(roles.includes('store') && {
            consumer: transport.unhealthyReason,
            database: await database.problem(),
          }),
          ...(archive && { archive: archive.unhealthyReason, s3: archive.storageUnhealthyReason }),
        })),
    },
  ],
  exports: [ConsumingLoops, Liveness, Readiness, RollUpHours],
})
export class AppModule implements OnModuleInit, OnModuleDestroy, OnApplicationShutdown {
  private archiveClosed: Promise<void> | undefined;

  constructor(
    private readonly deadLetters: KafkaDeadLetters,
    @Inject(KafkaArchiveConsumer) private readonly archive: KafkaArchiveConsumer | null,
  ) {}

  /** The module of a process with these roles: only storing needs a database. */
  static withRoles(roles: readonly WorkerRole[]): DynamicModule {
    return roles.includes('store')
      ? { module: AppModule, imports: [DATABASE_CONNECTION, RollupsModule] }
      : { module: AppModule, providers: [{ provide: getConnectionToken(), useValue: null }] };
  }

  onModuleInit(): void {
    this.deadLetters.start();
    this.archive?.start();
  }

  /** The archive finishes its upload while the transport finishes its batch. */
  onModuleDestroy(): void {
    this.archiveClosed = this.archive?.close();
  }

  /** Runs after the transport finished its last batch. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.deadLetters.stop(), this.archiveClosed]);
  }
}

/** Null where the process has not the role `archive`. */
function archiveConsumer(
  ...[kafka, config, telemetry, consumerTelemetry, { pino }]: ArchiveConsumerDependencies
): KafkaArchiveConsumer | null {
  const { archive, consumer, pipelineTags } = config;
  if (!archive) return null;
  const { s3, kinds, limits } = archive;
  const archivist = new Archivist(new S3Archive(s3), { kinds, pipelineTags }, telemetry);
  const { sessionTimeoutMs } = consumer;
  const settings = { topic: GPU_METADATA_TOPIC, groupId: ARCHIVE_GROUP, sessionTimeoutMs };
  const jumped = (jump: OffsetJump): void => {
    consumerTelemetry.jumped(jump);
  };
  return new KafkaArchiveConsumer(kafka, settings, { archivist, limits, telemetry, log: pino, jumped });
}
