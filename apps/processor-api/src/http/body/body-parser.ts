import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { BodyReader } from './body-reader';
import { JSON_TYPE, unsupportedMediaType } from './media-type';

/** Teaches Fastify to read bodies: JSON comes as a Buffer, all else is a 415. */
export function installBodyParser(server: FastifyInstance, reader: BodyReader): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(JSON_TYPE, (_request: FastifyRequest, payload: IncomingMessage) =>
    reader.read(payload),
  );
}

/**
 * Takes the body out of the request, which lives as long as its answer is being made.
 *
 * @throws PipelineError `unsupported_media_type` where there is none
 */
export function takeBody(request: FastifyRequest): Buffer {
  const { body } = request;
  request.body = undefined;
  if (body instanceof Buffer) return body;
  throw unsupportedMediaType(JSON_TYPE);
}
