import { Global, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ConfigModule, type ConfigType } from '@nestjs/config';
import { APP_FILTER } from '@nestjs/core';
import { getToken, makeHistogramProvider, PrometheusModule } from '@willsoto/nestjs-prometheus';
import { Gauge, type Histogram } from 'prom-client';
import { GPU_METADATA_TOPICS } from '@libs/contracts';
import { Clock, EventPublisher, IngestMetadata } from '@libs/domain';
import {
  createKafkaClient,
  createLogger,
  HealthModule,
  KafkaWatch,
  NestLogger,
  Readiness,
  SystemClock,
} from '@libs/platform';
import { KafkaEventPublisher } from './adapters/kafka/kafka-event-publisher';
import { processorConfig } from './config';
import { AccessPolicy } from './http/access-policy';
import { HTTP_DURATION_METRIC, HttpMetrics } from './http/http-metrics';
import { MetadataController } from './http/metadata.controller';
import { ProblemFilter } from './http/problem.filter';

type Config = ConfigType<typeof processorConfig>;

const QUEUE_METRIC = {
  name: 'publish_queue_bytes',
  help: 'Bytes that wait for the acknowledgement of Kafka',
};

@Global()
@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [processorConfig] }),
    PrometheusModule.register({ path: '/metrics' }),
    HealthModule,
  ],
  controllers: [MetadataController],
  providers: [
    {
      provide: NestLogger,
      inject: [processorConfig.KEY],
      useFactory: ({ logLevel }: Config) => new NestLogger(createLogger('processor-api', logLevel)),
    },
    { provide: Clock, useClass: SystemClock },
    {
      provide: KafkaWatch,
      inject: [processorConfig.KEY, NestLogger],
      useFactory: ({ kafka }: Config, { pino }: NestLogger) =>
        new KafkaWatch(
          createKafkaClient(kafka, pino),
          { topics: GPU_METADATA_TOPICS, createTopics: kafka.createTopics },
          pino,
        ),
    },
    {
      provide: KafkaEventPublisher,
      inject: [processorConfig.KEY, NestLogger],
      useFactory: ({ kafka, publish }: Config, { pino }: NestLogger) =>
        new KafkaEventPublisher(createKafkaClient(kafka, pino), publish, pino),
    },
    { provide: EventPublisher, useExisting: KafkaEventPublisher },
    {
      provide: IngestMetadata,
      inject: [EventPublisher, Clock],
      useFactory: (publisher: EventPublisher, clock: Clock) => new IngestMetadata(publisher, clock),
    },
    {
      provide: AccessPolicy,
      inject: [processorConfig.KEY],
      useFactory: (config: Config) => new AccessPolicy(config),
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
    {
      provide: Readiness,
      inject: [KafkaWatch],
      useFactory: (watch: KafkaWatch) => new Readiness(() => Promise.resolve({ kafka: watch.problem })),
    },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
  exports: [Readiness],
})
export class AppModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly publisher: KafkaEventPublisher,
    private readonly watch: KafkaWatch,
  ) {}

  onModuleInit(): void {
    this.watch.start();
    this.publisher.start();
  }

  /** Runs after the HTTP server answered its last request. */
  async onApplicationShutdown(): Promise<void> {
    await this.publisher.stop();
    await this.watch.stop();
  }
}
