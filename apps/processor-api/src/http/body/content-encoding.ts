import type { IncomingHttpHeaders } from 'node:http';
import { PipelineError } from '@libs/domain';

export type ContentEncoding = 'identity' | 'gzip' | 'zstd';

const ENCODINGS: Readonly<Record<string, ContentEncoding>> = {
  identity: 'identity',
  gzip: 'gzip',
  'x-gzip': 'gzip', // RFC 9110, section 8.4.1.3
  zstd: 'zstd',
};

/** An encoding that is not read; `Accept-Encoding` in the answer says which are (RFC 9110, section 15.5.16). */
export class UnsupportedEncoding extends PipelineError<'unsupported_media_type'> {
  readonly accepted = 'gzip, zstd';

  constructor() {
    super('unsupported_media_type', 'Content-Encoding must be gzip or zstd, once, or left out');
  }
}

/** @throws UnsupportedEncoding — of several encodings too: each would multiply what the one before it expands to */
export function contentEncodingOf(headers: IncomingHttpHeaders): ContentEncoding {
  const given = headers['content-encoding'];
  if (given === undefined) return 'identity';
  const encoding = Object.hasOwn(ENCODINGS, given.trim().toLowerCase())
    ? ENCODINGS[given.trim().toLowerCase()]
    : undefined;
  if (!encoding) throw new UnsupportedEncoding();
  return encoding;
}
