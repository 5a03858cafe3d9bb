const EVENT_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** True for RFC 9562 text of versions 1–8, in either case; the nil and max UUIDs are none of them. */
export function isEventId(text: string): boolean {
  return EVENT_ID.test(text);
}

/**
 * A fresh UUIDv7 whose first 48 bits are `at` in Unix milliseconds.
 * Source: RFC 9562, section 5.7.
 */
export function newEventId(at: Date): string {
  const time = at.getTime().toString(16).padStart(12, '0');
  // Behind the version digit a UUIDv4 is built as a UUIDv7: variant and random bits.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}
