import type { IncomingHttpHeaders } from 'node:http';
import { PipelineError } from '@libs/domain';

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
