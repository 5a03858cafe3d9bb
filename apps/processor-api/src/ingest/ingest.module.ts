import { Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { getToken, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import { type Counter, Gauge } from 'prom-client';
import { Clock, EventPublisher, IngestLineage, IngestMetadata, LineagePublisher } from '@libs/domain';
import { NestLogger, Tracing } from '@libs/platform';
import { KafkaEventPublisher, KafkaLineagePublisher } from '../adapters/kafka/kafka-publishers';
import { PUBLISH_REFUSALS_METRIC, PublishTelemetry } from '../adapters/kafka/publish-telemetry';
import { TopicProducers } from '../adapters/kafka/topic-producers';
import { HttpModule } from '../http/http.module';
import type { RecordRoute } from '../http/record-server';
import { BatchRoute } from './batch-route';
import { GpuMetricsRoute, TokenUsageRoute } from './lineage-route';
import { MetadataRoute } from './metadata-route';
import { RecordRoutes } from './record-routes';

const RECORD_ROUTES = [MetadataRoute, BatchRoute, GpuMetricsRoute, TokenUsageRoute];

const QUEUE_METRIC = {
  name: 'publish_queue_bytes',
  help: 'Bytes that wait for the acknowledgement of Kafka',
};

/** The routes that take records, and the producers that write them to Kafka. */
@Module({
  imports: [HttpModule],
  providers: [
    makeCounterProvider(PUBLISH_REFUSALS_METRIC),
    {
      provide: PublishTelemetry,
      inject: [getToken(PUBLISH_REFUSALS_METRIC.name), Tracing, NestLogger],
      useFactory: (refusals: Counter, tracing: Tracing, { pino }: NestLogger) =>
        new PublishTelemetry(refusals, tracing, pino),
    },
    TopicProducers,
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
      provide: IngestMetadata,
      inject: [EventPublisher, Clock],
      useFactory: (publisher: EventPublisher, clock: Clock) => new IngestMetadata(publisher, clock),
    },
    {
      provide: IngestLineage,
      inject: [LineagePublisher, Clock],
      useFactory: (publisher: LineagePublisher, clock: Clock) => new IngestLineage(publisher, clock),
    },
    ...RECORD_ROUTES,
    {
      provide: RecordRoutes,
      inject: RECORD_ROUTES,
      useFactory: (...routes: RecordRoute[]) => new RecordRoutes(routes),
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
  ],
  exports: [TopicProducers],
})
export class IngestModule implements OnModuleInit, OnApplicationShutdown {
  constructor(private readonly topics: TopicProducers) {}

  onModuleInit(): void {
    this.topics.start();
  }

  /** Runs after the HTTP server answered its last request. */
  async onApplicationShutdown(): Promise<void> {
    await this.topics.stop();
  }
}
