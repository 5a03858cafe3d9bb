import type { IncomingMessage } from 'node:http';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify';
import { parseJsonDocument, parseMsgpackDocument } from '@libs/contracts';
import { PipelineError } from '@libs/domain';
import type { BodyReader } from './body-reader';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How a route takes its body; a route that does not say takes JSON as a whole. */
    bodyForm?: 'json-or-msgpack' | 'records';
  }
}

export const MSGPACK_TYPES = ['application/msgpack', 'application/x-msgpack', 'application/vnd.msgpack'];
export const NDJSON_TYPE = 'application/x-ndjson';

/** A route whose body may be MessagePack as well as JSON; it reads it by `takeDocument`. */
export const TakesMsgpack = (): MethodDecorator => RouteConfig({ bodyForm: 'json-or-msgpack' });

/** A route that reads records from its request by itself, as they come; its body is `json` or `ndjson`. */
export const TakesRecords = (): MethodDecorator => RouteConfig({ bodyForm: 'records' });

class MsgpackBody {
  constructor(readonly bytes: Buffer) {}
}

/** Teaches the server to read bodies: JSON comes as a Buffer, MessagePack for `takeDocument`, all else is a 415. */
export function installBodyParsers(server: FastifyInstance, reader: BodyReader): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', (request: FastifyRequest, payload: IncomingMessage) =>
    formOf(request) === 'records' ? Promise.resolve('json') : reader.read(payload),
  );
  server.addContentTypeParser(MSGPACK_TYPES, async (request: FastifyRequest, payload: IncomingMessage) => {
    if (formOf(request) !== 'json-or-msgpack') throw unsupported('application/json');
    return new MsgpackBody(await reader.read(payload));
  });
  server.addContentTypeParser(NDJSON_TYPE, (request: FastifyRequest) =>
    formOf(request) === 'records'
      ? Promise.resolve('ndjson')
      : Promise.reject(unsupported('application/json')),
  );
}

/**
 * Takes the body out of the request, which lives as long as a record waits for Kafka, and reads it.
 *
 * @throws PipelineError `unsupported_media_type`, or what parseJsonDocument and parseMsgpackDocument throw
 */
export function takeDocument(request: FastifyRequest, parseJson = parseJsonDocument): unknown {
  const { body } = request;
  request.body = undefined;
  if (body instanceof Buffer) return parseJson(body);
  if (body instanceof MsgpackBody) return parseMsgpackDocument(body.bytes);
  const takesMsgpack = formOf(request) === 'json-or-msgpack';
  throw unsupported(takesMsgpack ? 'application/json or application/msgpack' : 'application/json');
}

function formOf(request: FastifyRequest): FastifyContextConfig['bodyForm'] {
  return request.routeOptions.config.bodyForm;
}

function unsupported(types: string): PipelineError {
  return new PipelineError('unsupported_media_type', `Content-Type must be ${types}`);
}
