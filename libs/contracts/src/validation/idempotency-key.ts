import { createHash } from 'node:crypto';
import { isEventId } from '@libs/domain';
import type { Violations } from './violations';

const VISIBLE_ASCII = /^[!-~]{1,255}$/;

/** An Idempotency-Key header and who sent it: one text under two key ids names two events. */
export interface IdempotencyKey {
  /** As it came, bare or quoted (draft-ietf-httpapi-idempotency-key-header). */
  readonly header: string;
  /** Null where the API runs without keys. */
  readonly keyId: string | null;
}

/** The event that an Idempotency-Key header names, in lower case; a fault of it is reported at `pointer`. */
export function readIdempotencyKey(
  key: IdempotencyKey | undefined,
  pointer: string,
  violations: Violations,
): string | undefined {
  if (key === undefined) return undefined;
  const text = /^"(.*)"$/.exec(key.header)?.[1] ?? key.header;
  if (isEventId(text)) return text.toLowerCase();
  if (VISIBLE_ASCII.test(text)) return eventIdOf(text, key.keyId);
  violations.add(pointer, 'invalid_format', `the Idempotency-Key header ${faultOf(text)}`);
  return undefined;
}

/** Reports it where header and body name different events; `named` is what the body names, in lower case. */
export function checkIdempotencyKey(
  { key, named }: { readonly key: string | undefined; readonly named: string | undefined },
  pointer: string,
  violations: Violations,
): void {
  if (key === undefined || named === undefined || key === named) return;
  violations.add(pointer, 'event_id_mismatch', 'must equal the Idempotency-Key header; the two differ');
}

/**
 * The UUID, version 8, of the SHA-256 of the JSON text `[keyId,text]`: JSON tells where each of the two ends.
 * Source: RFC 9562, section 5.8.
 */
function eventIdOf(text: string, keyId: string | null): string {
  const bytes = createHash('sha256')
    .update(JSON.stringify([keyId, text]))
    .digest()
    .subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Node joins a header that comes twice with a comma and a space. */
function faultOf(text: string): string {
  if (text.includes(', '))
    return 'must be sent once, and hold no space; it came twice, or holds a comma and a space';
  if (text.includes(' ')) return 'must not hold a space';
  const length = text.length === 0 || text.length > 255 ? `; got ${text.length} characters` : '';
  return `must be 1 to 255 visible ASCII characters (0x21 to 0x7E)${length}`;
}
