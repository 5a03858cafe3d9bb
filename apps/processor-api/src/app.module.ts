import {
  Global,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { APP_FILTER } from '@nestjs/core';
import { getToken, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import { Kafka } from 'kafkajs';
import { Gauge, type Histogram } from 'prom-client';
import { GPU_METADATA_TOPICS } from '@libs/contracts';
import { Clock, EventPublisher, IngestMetadata } from '@libs/domain';
import { KafkaWatch, Liveness, NestLogger, PlatformModule, Readiness, Tracing } from '@libs/platform';
import { KafkaEventPublisher } from './adapters/kafka/kafka-event-publisher';
import { TracedEventPublisher } from './adapters/kafka/traced-event-publisher';
import { AccessModule } from './access/access.module';
import { processorConfig, type ReadSettings } from './config';
import { HTTP_DURATION_METRIC, HttpMetrics } from './http/http-metrics';
import { ProblemFilter } from './http/problem.filter';
import { MetadataController } from './ingest/metadata.controller';
import { ReadModule } from './read.module';

type Config = ConfigType<typeof processorConfig>;

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
      topics: GPU_METADATA_TOPICS,
    }),
    AccessModule,
  ],
  controllers: [MetadataController],
  providers: [
    {
      provide: KafkaEventPublisher,
      inject: [Kafka, processorConfig.KEY, NestLogger],
      useFactory: (kafka: Kafka, { publish }: Config, { pino }: NestLogger) =>
        new KafkaEventPublisher(kafka, publish, pino),
    },
    {
      provide: EventPublisher,
      inject: [KafkaEventPublisher, Tracing],
      useFactory: (publisher: KafkaEventPublisher, tracing: Tracing | null) =>
        tracing === null ? publisher : new TracedEventPublisher(publisher, tracing),
    },
    {
      provide: IngestMetadata,
      inject: [EventPublisher, Clock],
      useFactory: (publisher: EventPublisher, clock: Clock) => new IngestMetadata(publisher, clock),
    },
    makeHistogramProvider(HTTP_DURATION_METRIC),
    {
      provide: getToken(QUEUE_METRIC.name),
      inject: [KafkaEventPublisher],
      useFactory: (publisher: KafkaEventPublisher) =>
        new Gauge({
          ...QUEUE_METRIC,
          collect(this: Gauge) {
            this.set(publisher.queuedBytes);
          },
        }),
    },
    {
      provide: HttpMetrics,
      inject: [getToken(HTTP_DURATION_METRIC.name)],
      useFactory: (durations: Histogram) => new HttpMetrics(durations),
    },
    // A process that answers at all is live: what cannot go on here ends by itself.
    { provide: Liveness, useValue: new Liveness(() => undefined) },
    {
      provide: Readiness,
      inject: [KafkaWatch],
      useFactory: (watch: KafkaWatch) => new Readiness(() => Promise.resolve({ kafka: watch.problem })),
    },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
  exports: [Liveness, Readiness],
})
export class AppModule implements OnModuleInit, OnApplicationShutdown {
  constructor(private readonly publisher: KafkaEventPublisher) {}

  /** The module of a process that reads from this database too; without one it only writes. */
  static withReads(reads: ReadSettings | undefined): DynamicModule {
    return { module: AppModule, imports: [ReadModule.withDatabase(reads)] };
  }

  onModuleInit(): void {
    this.publisher.start();
  }

  /** Runs after the HTTP server answered its last request. */
  onApplicationShutdown(): Promise<void> {
    return this.publisher.stop();
  }
}
