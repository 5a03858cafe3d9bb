import type { IncomingHttpHeaders } from 'node:http';
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

export type ContentEncoding = 'identity' | 'gzip' | 'deflate' | 'zstd';

const ENCODINGS: Readonly<Record<string, ContentEncoding>> = {
  '': 'identity',
  identity: 'identity',
  gzip: 'gzip',
  'x-gzip': 'gzip', // RFC 9110, section 8.4.1.3
  deflate: 'deflate',
  zstd: 'zstd',
};

/** An encoding that is not read; `Accept-Encoding` in the answer says which are (RFC 9110, section 15.5.16). */
export class UnsupportedEncoding extends PipelineError<'unsupported_media_type'> {
  readonly accepted = 'gzip, deflate, zstd';

  constructor() {
    super('unsupported_media_type', 'Content-Encoding must be gzip, deflate or zstd, once, or left out');
  }
}

/** @throws UnsupportedEncoding — of several encodings too: each would multiply what the one before it expands to */
export function contentEncodingOf(headers: IncomingHttpHeaders): ContentEncoding {
  const given = headers['content-encoding'];
  if (given === undefined) return 'identity';
  const name = given.trim().toLowerCase();
  const encoding = Object.hasOwn(ENCODINGS, name) ? ENCODINGS[name] : undefined;
  if (!encoding) throw new UnsupportedEncoding();
  return encoding;
}
