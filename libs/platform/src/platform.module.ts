import type { BlockList } from 'node:net';
import {
  Global,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { TerminusModule } from '@nestjs/terminus';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { Kafka } from 'kafkajs';
import type { TopicDefinition } from '@libs/contracts';
import { Clock } from '@libs/domain';
import { HealthController } from './health/health.controller';
import { ClientAddresses } from './http/client-address';
import { MetricsController, MetricsReaders } from './http/metrics.controller';
import { createKafkaClient } from './kafka/kafka-client';
import type { KafkaSettings } from './kafka/kafka-settings';
import { KafkaWatch } from './kafka/kafka-watch';
import { createLogger, NestLogger } from './logger';
import { SystemClock } from './time';
import { startTracing, Tracing } from './tracing/tracing';
import type { TracingSettings } from './tracing/tracing-settings';

/** What the configuration of each program holds for the platform. */
export interface PlatformConfig {
  readonly logLevel: string;
  /** Addresses besides loopback that may read /metrics. */
  readonly metricsCidrs: BlockList;
  /** Peers whose X-Forwarded-For is believed. */
  readonly trustedProxies: BlockList;
  readonly kafka: KafkaSettings;
  /** Null: nothing is traced. */
  readonly tracing: TracingSettings | null;
}

export interface PlatformOptions {
  /** Name of the program in its log. */
  readonly service: string;
  /** What `registerAs` made of the program's configuration. */
  readonly config: (() => PlatformConfig) & { readonly KEY: string | symbol };
  readonly topics: readonly TopicDefinition[];
}

/**
 * Configuration, log, clock, traces, Kafka client and watch, /health and /metrics, for the whole program.
 * The program provides Liveness and Readiness through a global module.
 */
@Global()
@Module({})
export class PlatformModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly watch: KafkaWatch,
    private readonly tracing: Tracing,
  ) {}

  static forProgram({ service, config, topics }: PlatformOptions): DynamicModule {
    return {
      module: PlatformModule,
      imports: [
        ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [config] }),
        PrometheusModule.register({ path: '/metrics', controller: MetricsController }),
        TerminusModule.forRoot({ logger: false }),
      ],
      controllers: [HealthController],
      providers: [
        {
          provide: NestLogger,
          inject: [config.KEY],
          useFactory: ({ logLevel }: PlatformConfig) => new NestLogger(createLogger(service, logLevel)),
        },
        { provide: Clock, useClass: SystemClock },
        {
          provide: ClientAddresses,
          inject: [config.KEY],
          useFactory: ({ trustedProxies }: PlatformConfig) => new ClientAddresses(trustedProxies),
        },
        {
          provide: MetricsReaders,
          inject: [ClientAddresses, config.KEY],
          useFactory: (addresses: ClientAddresses, { metricsCidrs }: PlatformConfig) =>
            new MetricsReaders(addresses, metricsCidrs),
        },
        {
          provide: Tracing,
          inject: [config.KEY, NestLogger],
          useFactory: ({ tracing }: PlatformConfig, { pino }: NestLogger) => startTracing(tracing, pino),
        },
        {
          provide: Kafka,
          inject: [config.KEY, NestLogger],
          useFactory: ({ kafka }: PlatformConfig, { pino }: NestLogger) => createKafkaClient(kafka, pino),
        },
        {
          provide: KafkaWatch,
          inject: [Kafka, config.KEY, NestLogger],
          useFactory: (client: Kafka, { kafka }: PlatformConfig, { pino }: NestLogger) =>
            new KafkaWatch(client, { topics, createTopics: kafka.createTopics }, pino),
        },
      ],
      exports: [NestLogger, Clock, ClientAddresses, MetricsReaders, Kafka, KafkaWatch, Tracing],
    };
  }

  onModuleInit(): void {
    this.watch.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.watch.stop(), this.tracing.stop()]);
  }
}
