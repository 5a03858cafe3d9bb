import { isEventId } from '@libs/domain';
import { shapeOf, type Violations } from './violations';

/** An Idempotency-Key header, bare or quoted, in lower case; a fault of it is reported at `pointer`. */
export function readIdempotencyKey(
  header: string | undefined,
  pointer: string,
  violations: Violations,
): string | undefined {
  if (header === undefined) return undefined;
  const bare = /^"(.*)"$/.exec(header)?.[1] ?? header;
  if (isEventId(bare)) return bare.toLowerCase();
  const message = `the Idempotency-Key header must be an RFC 9562 UUID of version 1 to 8; got ${shapeOf(header)}`;
  violations.add(pointer, 'invalid_format', message);
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
