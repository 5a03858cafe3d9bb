import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** A file of the console, ready to be sent. */
export interface ConsoleAsset {
  readonly contentType: string;
  readonly etag: string;
  readonly bytes: Buffer;
  readonly gzipped: Buffer;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** `name` tells the type; the tag is weak, because it stands for both forms. */
export function consoleAsset(name: string, bytes: Buffer): ConsoleAsset {
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  return {
    contentType: CONTENT_TYPES[name.slice(name.lastIndexOf('.') + 1)]!,
    etag: `W/"${hash}"`,
    bytes,
    gzipped: gzipSync(bytes, { level: 9 }),
  };
}
