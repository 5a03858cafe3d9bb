import { parseJsonDocument, parseMsgpackDocument } from '@libs/contracts';
import { PipelineError } from '@libs/domain';
import type { Exchange } from '../exchange';
import type { BodyReader } from './body-reader';
import { JSON_TYPE, MSGPACK_TYPES } from './media-type';

/**
 * Reads the document that a request brings, JSON or MessagePack, as its Content-Type says.
 *
 * @throws PipelineError `unsupported_media_type`; what BodyReader.read, `parseJson` and parseMsgpackDocument throw
 */
export async function readDocument(
  { raw, mediaType }: Exchange,
  reader: BodyReader,
  parseJson = parseJsonDocument,
): Promise<unknown> {
  if (mediaType === JSON_TYPE) return parseJson(await reader.read(raw));
  if (MSGPACK_TYPES.includes(mediaType)) return parseMsgpackDocument(await reader.read(raw));
  throw unsupportedMediaType(`${JSON_TYPE} or ${MSGPACK_TYPES[0]}`);
}

/** The refusal of a body that is not of `types`. */
export function unsupportedMediaType(types: string): PipelineError {
  return new PipelineError('unsupported_media_type', `Content-Type must be ${types}`);
}
