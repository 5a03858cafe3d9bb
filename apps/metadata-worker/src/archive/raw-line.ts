import { isUtf8 } from 'node:buffer';
import type { RawRecord, StreamPosition } from '@libs/domain';

/**
 * A record as a line of JSON that loses nothing: what is no UTF-8 text, and a header that comes more than once, is in
 * `keyBase64` or `headersBase64` in the place of `key` or `headers`. `unread` tells why the record is not all there.
 */
export function rawLine({ position, timestamp, key, value, headers, unread }: RawRecord): string {
  const texts: [string, string | null][] = [];
  const others: [string, (string | null)[]][] = [];
  for (const [name, header] of Object.entries(headers)) {
    if (header === null) texts.push([name, null]);
    else if (header instanceof Uint8Array && isUtf8(header)) texts.push([name, textOf(header)]);
    else others.push([name, [header].flat().map((value) => value && base64Of(value))]);
  }
  const isText = key === null || isUtf8(key);
  const rest = {
    timestamp: timestamp.toISOString(),
    key: key === null || !isText ? null : textOf(key),
    ...(!isText && { keyBase64: base64Of(key) }),
    headers: Object.fromEntries(texts),
    ...(others.length > 0 && { headersBase64: Object.fromEntries(others) }),
    valueBase64: value === null ? null : base64Of(value),
    ...(unread && { unread: { code: unread.error.code, lastOffset: String(unread.lastOffset) } }),
  };
  return `{${positionFields(position)},${JSON.stringify(rest).slice(1)}`;
}

/** `"topic":…,"partition":…,"offset":…`: an offset may be past what a JSON number made by JavaScript can hold. */
export function positionFields({ topic, partition, offset }: StreamPosition): string {
  return `"topic":${JSON.stringify(topic)},"partition":${partition},"offset":${offset}`;
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function textOf(bytes: Uint8Array): string {
  return bufferOf(bytes).toString('utf8');
}

function base64Of(bytes: Uint8Array): string {
  return bufferOf(bytes).toString('base64');
}
