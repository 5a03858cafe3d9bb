import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { openApiDocument } from './document';

/** Serves Swagger UI at /docs and the document at /openapi.json. */
export function serveOpenApi(app: NestFastifyApplication): void {
  const options = { jsonDocumentUrl: 'openapi.json', raw: ['json' as const] };
  SwaggerModule.setup('docs', app, openApiDocument(), options);
}
