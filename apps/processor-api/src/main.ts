import '@libs/platform/require-node';
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestLogger, runProgram } from '@libs/platform';
import { AppModule } from './app.module';
import { processorConfig } from './config';
import { serveConsole } from './console/serve-console';
import { Cors } from './http/cors';
import { createHttpAdapter } from './http/http-server';
import { listen } from './http/listen';
import { DescriptorWatch } from './http/descriptors';
import { OpenConnections } from './http/open-connections';
import { serveOpenApi } from './openapi/serve-openapi';
import { prepareReadAnswers } from './http/read-answers';
import { RecordServer } from './http/record-server';
import { RequestLifecycle } from './http/request-lifecycle';
import { RouteTable } from './http/route-table';
import { watchTls } from './http/tls/tls-watch';
import { RecordRoutes } from './ingest/record-routes';

void runProgram(async () => {
  const config = processorConfig();
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.withReads(config.reads),
    createHttpAdapter({ keepAliveTimeoutMs: config.http.keepAliveTimeoutMs, tls: config.tls?.options }),
    {
      abortOnError: false,
      bodyParser: false,
      bufferLogs: true,
    },
  );
  const logger = app.get(NestLogger);
  app.useLogger(logger);
  const server = app.getHttpAdapter().getInstance();
  app.get(RequestLifecycle).install(server, app.get(RouteTable), new Cors(config.http.corsOrigins));
  await prepareReadAnswers(server);
  app.get(RecordServer).install(server.server, app.get(RecordRoutes).all);
  if (config.docsEnabled) serveOpenApi(server);
  serveConsole(server);
  if (config.tls) await watchTls(app, config.tls, app.get(OpenConnections));
  await listen(app, config, (error) => {
    app.get(DescriptorWatch).report(error);
  });
  // Nest knows no TLS but its own.
  const url = (await app.getUrl()).replace(/^http:/, config.tls ? 'https:' : 'http:');
  logger.pino.info({ url, authMode: config.authMode }, 'listening');
  return { app, logger: logger.pino, shutdownGraceMs: config.shutdownGraceMs };
});
