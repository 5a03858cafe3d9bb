import type { IdempotencyKey } from './idempotency-key';
import { parseMsgpackDocument } from './msgpack-document';

/** How a body is written. */
export type BodyFormat = 'json' | 'msgpack';

/** What the reader of a body is told besides its bytes. */
export interface BodyContext {
  readonly now: Date;
  /** JSON where it is left out. */
  readonly format?: BodyFormat;
  readonly idempotencyKey?: IdempotencyKey | undefined;
}

/** The document that a body holds; nothing in it is checked yet. @throws what `parseJson` and parseMsgpackDocument throw */
export function parseBody(
  bytes: Buffer,
  format: BodyFormat | undefined,
  parseJson: (bytes: Buffer) => unknown,
): unknown {
  return format === 'msgpack' ? parseMsgpackDocument(bytes) : parseJson(bytes);
}
