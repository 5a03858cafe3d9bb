import { Module } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { getToken, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Histogram } from 'prom-client';
import { Clock } from '@libs/domain';
import { AccessModule } from '../access/access.module';
import { processorConfig } from '../config';
import { BodyReader } from './body/body-reader';
import { BodyMemory } from './body/body-share';
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
      inject: [HttpAdapterHost, processorConfig.KEY],
      useFactory: ({ httpAdapter }: HttpAdapterHost<FastifyAdapter>, { http }: Config) =>
        new OpenConnections(httpAdapter.getHttpServer(), http.maxConnections),
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
export class HttpModule {}
