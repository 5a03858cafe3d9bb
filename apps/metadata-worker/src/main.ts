import '@libs/platform/require-node';
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestLogger, runProgram } from '@libs/platform';
import { AppModule } from './app.module';
import { workerConfig } from './config';
import { BatchTransport } from './consumer/batch-transport';

void runProgram(async () => {
  const config = workerConfig();
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), {
    abortOnError: false,
    bufferLogs: true,
  });
  const logger = app.get(NestLogger);
  app.useLogger(logger);
  const transport = app.get(BatchTransport);
  app.connectMicroservice({ strategy: transport }, { inheritAppConfig: true });
  await app.startAllMicroservices();
  await app.listen(config.port, config.host);
  logger.pino.info({ url: await app.getUrl(), group: config.consumer.groupId }, 'listening');
  return { app, logger: logger.pino, shutdownGraceMs: config.shutdownGraceMs, failed: transport.failed };
});
