import type { BodyFormat } from '@libs/contracts';
import { PipelineError } from '@libs/domain';

export const JSON_TYPE = 'application/json';
/** None is registered; the first one is what we write. */
export const NDJSON_TYPES: readonly string[] = [
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonlines',
];
export const MSGPACK_TYPES: readonly string[] = [
  'application/msgpack',
  'application/x-msgpack',
  'application/vnd.msgpack',
];

/** The type that a Content-Type names, in lower case and without parameters; empty where there is none. */
export function mediaTypeOf(contentType = ''): string {
  return contentType.split(';', 1)[0]!.trim().toLowerCase();
}

/**
 * How the body of one record is written.
 *
 * @throws PipelineError `unsupported_media_type`
 */
export function bodyFormatOf(mediaType: string): BodyFormat {
  if (mediaType === JSON_TYPE) return 'json';
  if (MSGPACK_TYPES.includes(mediaType)) return 'msgpack';
  const hint = NDJSON_TYPES.includes(mediaType) ? '; NDJSON is for the batch route' : '';
  throw unsupportedMediaType(`${JSON_TYPE} or ${MSGPACK_TYPES[0]}${hint}`);
}

/** The refusal of a body that is not of `types`. */
export function unsupportedMediaType(types: string): PipelineError {
  return new PipelineError('unsupported_media_type', `Content-Type must be ${types}`);
}
