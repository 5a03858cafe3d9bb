import '@libs/platform/require-node';
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestLogger, runProgram, sendSecurityHeaders } from '@libs/platform';
import { AppModule } from './app.module';
import { workerConfig } from './config';
import { BatchTransport } from './consumer/batch-transport';
import { ConsumerLiveness } from './consumer/consumer-liveness';

void runProgram(async () => {
  const config = workerConfig();
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.withRoles(config.roles),
    new FastifyAdapter(),
    {
      abortOnError: false,
      bufferLogs: true,
    },
  );
  const logger = app.get(NestLogger);
  app.useLogger(logger);
  sendSecurityHeaders(app.getHttpAdapter().getInstance());
  if (config.roles.includes('store')) {
    app.connectMicroservice({ strategy: app.get(BatchTransport) }, { inheritAppConfig: true });
    await app.startAllMicroservices();
  }
  await app.listen(config.port, config.host);
  logger.pino.info({ url: await app.getUrl(), roles: config.roles }, 'listening');
  return {
    app,
    logger: logger.pino,
    shutdownGraceMs: config.shutdownGraceMs,
    failed: app.get(ConsumerLiveness).failed,
  };
});
