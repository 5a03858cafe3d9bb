import {
  Global,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { getToken, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import { Kafka } from 'kafkajs';
import { type Counter, Gauge } from 'prom-client';
import {
  deadLetterTopic,
  GPU_METADATA_TOPIC,
  GPU_METADATA_TOPICS,
  GPU_METRICS,
  GPU_METRICS_TOPIC,
  GPU_METRICS_TOPICS,
  TOKEN_USAGE,
  TOKEN_USAGE_TOPIC,
  TOKEN_USAGE_TOPICS,
} from '@libs/contracts';
import {
  Clock,
  DeadLetterCounts,
  EventPublisher,
  IngestLineage,
  IngestMetadata,
  LineagePublisher,
} from '@libs/domain';
import { KafkaWatch, Liveness, NestLogger, PlatformModule, Readiness, Tracing } from '@libs/platform';
import { version } from '../../../package.json';
import { KafkaDeadLetterCounts } from './adapters/kafka/kafka-dead-letter-counts';
import { KafkaEventPublisher } from './adapters/kafka/kafka-event-publisher';
import { KafkaLineagePublisher } from './adapters/kafka/kafka-lineage-publisher';
import { PUBLISH_REFUSALS_METRIC, PublishRefusals } from './adapters/kafka/publish-refusals';
import { TopicProducers } from './adapters/kafka/topic-producers';
import { ReadDatabase } from './adapters/mongo/read-database';
import { processorConfig, type ReadSettings } from './config';
import { StatusController } from './console/status.controller';
import { StatusReport } from './console/status-report';
import { BodyReader } from './http/body/body-reader';
import { HttpModule } from './http/http.module';
import { ProblemFilter } from './http/problems/problem.filter';
import { RecentTraffic } from './http/recent-traffic';
import { BatchRoute } from './ingest/batch-route';
import { LineageRoute } from './ingest/lineage-route';
import { MetadataRoute } from './ingest/metadata-route';
import { RECORD_PATHS, RecordRoutes } from './ingest/record-routes';
import { ReadModule } from './read.module';

type Config = ConfigType<typeof processorConfig>;
type ProducersDeps = [Kafka, Config, KafkaWatch, PublishRefusals, NestLogger, Tracing];
type RouteDeps = [Config, BodyReader, IngestMetadata, IngestLineage, Clock, ProblemFilter];
type StatusFigures = [RecentTraffic, DeadLetterCounts, TopicProducers];
type StatusParts = [Clock, Config, KafkaWatch, ReadDatabase, ...StatusFigures];

const TOPICS = [GPU_METADATA_TOPIC, GPU_METRICS_TOPIC, TOKEN_USAGE_TOPIC];

const QUEUE_METRIC = {
  name: 'publish_queue_bytes',
  help: 'Bytes that wait for the acknowledgement of Kafka',
};

@Global()
@Module({
  imports: [
    PlatformModule.forProgram({
      service: 'processor-api',
      config: processorConfig,
      topics: [...GPU_METADATA_TOPICS, ...GPU_METRICS_TOPICS, ...TOKEN_USAGE_TOPICS],
    }),
    HttpModule,
  ],
  controllers: [StatusController],
  providers: [
    {
      provide: TopicProducers,
      inject: [Kafka, processorConfig.KEY, KafkaWatch, PublishRefusals, NestLogger, Tracing],
      useFactory: (...[kafka, { publish }, watch, refusals, { pino }, tracing]: ProducersDeps) => {
        const settings = { ...publish, topics: TOPICS, willBeMade: () => watch.makesTopics };
        return new TopicProducers(kafka, settings, { refusals, tracing, logger: pino });
      },
    },
    makeCounterProvider(PUBLISH_REFUSALS_METRIC),
    {
      provide: PublishRefusals,
      inject: [getToken(PUBLISH_REFUSALS_METRIC.name), NestLogger],
      useFactory: (refusals: Counter, { pino }: NestLogger) => new PublishRefusals(refusals, pino),
    },
    {
      provide: EventPublisher,
      inject: [TopicProducers],
      useFactory: (topics: TopicProducers) => new KafkaEventPublisher(topics),
    },
    {
      provide: LineagePublisher,
      inject: [TopicProducers],
      useFactory: (topics: TopicProducers) => new KafkaLineagePublisher(topics),
    },
    {
      provide: IngestLineage,
      inject: [LineagePublisher, Clock],
      useFactory: (publisher: LineagePublisher, clock: Clock) => new IngestLineage(publisher, clock),
    },
    {
      provide: IngestMetadata,
      inject: [EventPublisher, Clock],
      useFactory: (publisher: EventPublisher, clock: Clock) => new IngestMetadata(publisher, clock),
    },
    {
      provide: RecordRoutes,
      inject: [processorConfig.KEY, BodyReader, IngestMetadata, IngestLineage, Clock, ProblemFilter],
      useFactory: (...[{ body }, reader, ingestMetadata, ingest, clock, problems]: RouteDeps) =>
        new RecordRoutes([
          new MetadataRoute(reader, ingestMetadata, clock),
          new BatchRoute({ reader, limits: body, ingest: ingestMetadata, clock, problems }),
          new LineageRoute(
            { paths: RECORD_PATHS.gpuMetrics, contract: GPU_METRICS },
            { reader, ingest, clock },
          ),
          new LineageRoute(
            { paths: RECORD_PATHS.tokenUsage, contract: TOKEN_USAGE },
            { reader, ingest, clock },
          ),
        ]),
    },
    {
      provide: getToken(QUEUE_METRIC.name),
      inject: [TopicProducers],
      useFactory: (topics: TopicProducers) =>
        new Gauge({
          ...QUEUE_METRIC,
          collect(this: Gauge) {
            this.set(topics.queuedBytes);
          },
        }),
    },
    {
      provide: KafkaDeadLetterCounts,
      inject: [Kafka, KafkaWatch],
      useFactory: (kafka: Kafka, watch: KafkaWatch) =>
        new KafkaDeadLetterCounts(kafka, {
          topics: TOPICS.map(deadLetterTopic),
          kafkaUnhealthyReason: () => watch.unhealthyReason,
        }),
    },
    { provide: DeadLetterCounts, useExisting: KafkaDeadLetterCounts },
    {
      provide: StatusReport,
      inject: [
        Clock,
        processorConfig.KEY,
        KafkaWatch,
        ReadDatabase,
        RecentTraffic,
        DeadLetterCounts,
        TopicProducers,
      ],
      useFactory: (...[clock, config, watch, reads, traffic, deadLetters, topics]: StatusParts) =>
        new StatusReport({
          version,
          startedAt: clock.now(),
          traffic,
          deadLetters,
          queue: () => ({ bytes: topics.queuedBytes, maxBytes: config.publish.queueBytes }),
          kafkaUnhealthyReason: () => watch.unhealthyReason ?? topics.unhealthyReason,
          readsUnhealthyReason:
            config.reads && (() => (reads.isRefusing ? 'the database does not answer' : undefined)),
        }),
    },
    // A process that answers at all is live: what cannot go on here ends by itself.
    { provide: Liveness, useValue: new Liveness(() => undefined) },
    {
      provide: Readiness,
      inject: [KafkaWatch, TopicProducers],
      useFactory: (watch: KafkaWatch, topics: TopicProducers) =>
        new Readiness(() => Promise.resolve({ kafka: watch.unhealthyReason ?? topics.unhealthyReason })),
    },
  ],
  exports: [Liveness, Readiness],
})
export class AppModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly topics: TopicProducers,
    private readonly deadLetterCounts: KafkaDeadLetterCounts,
  ) {}

  /** The module of a process that reads from this database too; without one it only writes. */
  static withReads(reads: ReadSettings | undefined): DynamicModule {
    return { module: AppModule, imports: [ReadModule.withDatabase(reads)] };
  }

  onModuleInit(): void {
    this.topics.start();
  }

  /** Runs after the HTTP server answered its last request. */
  async onApplicationShutdown(): Promise<void> {
    await this.topics.stop();
    await this.deadLetterCounts.stop();
  }
}
