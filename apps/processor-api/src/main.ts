import '@libs/platform/require-node';
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestLogger, runProgram } from '@libs/platform';
import { AppModule } from './app.module';
import { processorConfig } from './config';
import { serveConsole } from './console/serve-console';
import { createHttpAdapter, installHooks } from './http/http-server';
import { serveOpenApi } from './http/openapi/serve-openapi';
import { prepareReadAnswers } from './http/read-answers';
import { RecordServer } from './http/record-server';
import { watchTls } from './http/tls/tls-watch';

void runProgram(async () => {
  const config = processorConfig();
  const records = new RecordServer();
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.withReads(config.reads),
    createHttpAdapter(records, config.tls?.options),
    {
      abortOnError: false,
      bodyParser: false,
      bufferLogs: true,
    },
  );
  const logger = app.get(NestLogger);
  app.useLogger(logger);
  const server = app.getHttpAdapter().getInstance();
  const connections = installHooks(app, records, { ...config.http, tls: config.tls });
  await prepareReadAnswers(server);
  if (config.docsEnabled) serveOpenApi(server);
  serveConsole(server);
  if (config.tls) await watchTls(app, config.tls, connections);
  await app.listen(config.port, config.host);
  // Nest knows no TLS but its own.
  const url = (await app.getUrl()).replace(/^http:/, config.tls ? 'https:' : 'http:');
  logger.pino.info({ url, authMode: config.authMode }, 'listening');
  return { app, logger: logger.pino, shutdownGraceMs: config.shutdownGraceMs };
});
