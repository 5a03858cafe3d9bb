import { Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { getToken, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Histogram } from 'prom-client';
import { Clock } from '@libs/domain';
import { NestLogger } from '@libs/platform';
import { AccessModule } from '../access/access.module';
import { processorConfig } from '../config';
import { BodyReader } from './body/body-reader';
import { BodyMemory } from './body/body-share';
import { affordableConnections, DescriptorWatch } from './descriptors';
import { HTTP_DURATION_METRIC, HttpMetrics } from './http-metrics';
import { OpenConnections } from './open-connections';
import { ProblemFilter } from './problems/problem.filter';
import { RecentTraffic } from './recent-traffic';
import { RecordServer } from './record-server';
import { RequestLifecycle } from './request-lifecycle';
import { RequestLog } from './request-log';
import { RequestSpans } from './request-spans';
import { RouteTable } from './route-table';

type Config = ConfigType<typeof processorConfig>;

/** What every request passes, and what its route reads its body with. */
@Module({
  imports: [AccessModule],
  providers: [
    {
      provide: OpenConnections,
      inject: [HttpAdapterHost, processorConfig.KEY, NestLogger],
      useFactory: (
        { httpAdapter }: HttpAdapterHost<FastifyAdapter>,
        { http }: Config,
        { pino }: NestLogger,
      ) =>
        new OpenConnections(httpAdapter.getHttpServer(), {
          ...http,
          maxConnections: affordableConnections(http.maxConnections, pino),
        }),
    },
    {
      provide: DescriptorWatch,
      inject: [NestLogger],
      useFactory: ({ pino }: NestLogger) => new DescriptorWatch(pino),
    },
    makeHistogramProvider(HTTP_DURATION_METRIC),
    {
      provide: HttpMetrics,
      inject: [getToken(HTTP_DURATION_METRIC.name), OpenConnections],
      useFactory: (durations: Histogram, connections: OpenConnections) =>
        new HttpMetrics(durations, connections),
    },
    {
      provide: RecentTraffic,
      inject: [Clock],
      useFactory: (clock: Clock) => new RecentTraffic(clock),
    },
    {
      provide: BodyReader,
      inject: [processorConfig.KEY],
      useFactory: ({ body, http }: Config) =>
        new BodyReader(body, new BodyMemory(body.bufferBytes, http.maxConnections)),
    },
    RequestSpans,
    RouteTable,
    RequestLog,
    RequestLifecycle,
    RecordServer,
    ProblemFilter,
    { provide: APP_FILTER, useExisting: ProblemFilter },
  ],
  exports: [RecentTraffic, BodyReader, ProblemFilter],
})
export class HttpModule implements OnModuleInit, OnApplicationShutdown {
  constructor(private readonly descriptors: DescriptorWatch) {}

  onModuleInit(): void {
    this.descriptors.start();
  }

  onApplicationShutdown(): void {
    this.descriptors.stop();
  }
}
