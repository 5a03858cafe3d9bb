import { parseJsonDocument, parseMsgpackDocument } from '@libs/contracts';
import { PipelineError } from '@libs/domain';
import type { Exchange } from '../exchange';
import type { BodyReader } from './body-reader';
import { JSON_TYPE, MSGPACK_TYPES, NDJSON_TYPES } from './media-type';

type ParseDocument = (bytes: Buffer) => unknown;

/**
 * Reads the document that a request brings, JSON or MessagePack, as its Content-Type says.
 *
 * @throws PipelineError `unsupported_media_type`; what BodyReader.read, parseJsonDocument and parseMsgpackDocument throw
 */
export async function readDocument(exchange: Exchange, reader: BodyReader): Promise<unknown> {
  const parse = parserFor(exchange, parseJsonDocument);
  return parse(await reader.read(exchange.raw));
}

/**
 * What parses a body of the request's Content-Type: `parseJson`, or parseMsgpackDocument.
 *
 * @throws PipelineError `unsupported_media_type`
 */
export function parserFor({ mediaType }: Exchange, parseJson: ParseDocument): ParseDocument {
  if (mediaType === JSON_TYPE) return parseJson;
  if (MSGPACK_TYPES.includes(mediaType)) return parseMsgpackDocument;
  const hint = NDJSON_TYPES.includes(mediaType) ? '; NDJSON is for the batch route' : '';
  throw unsupportedMediaType(`${JSON_TYPE} or ${MSGPACK_TYPES[0]}${hint}`);
}

/** The refusal of a body that is not of `types`. */
export function unsupportedMediaType(types: string): PipelineError {
  return new PipelineError('unsupported_media_type', `Content-Type must be ${types}`);
}
