import { MalformedBytes, type ByteReader } from './byte-reader';
import type { FetchedMessage, HeaderValue, UnreadPart } from './fetched-message';

/** Each header is an object; a record of ours has a handful. */
export const MAX_HEADERS = 25_000;

/** What the objects of a message, and of each of its headers, occupy besides their bytes, about. */
export const MESSAGE_BYTES = 1024;
const HEADER_BYTES = 256;
/** What is kept of the key, of the value and of the headers of a record that is not read whole. */
const KEPT_BYTES = 64 * 1024;

/** A message that is being made. */
export type Message = {
  -readonly [Field in keyof FetchedMessage as Exclude<Field, 'headers'>]: FetchedMessage[Field];
} & { headers: Headers };
/** Made without a prototype. */
export type Headers = Record<string, HeaderValue | HeaderValue[]>;

/** Fills in key, value and headers as far as they can be told; answers why they are not all there. */
export function readContent(reader: ByteReader, message: Message): string | undefined {
  try {
    message.key = readBytes(reader);
    const length = reader.varint();
    if (length > reader.left) {
      message.value = reader.take(reader.left);
      return 'its value ends early';
    }
    message.value = length === -1 ? null : reader.take(length);
    const count = reader.varint();
    if (count < 0) return 'its count of headers is negative';
    for (let header = 0; header < Math.min(count, MAX_HEADERS); header++) {
      addHeader(message.headers, reader.text(reader.varint()), readBytes(reader));
      message.bytes += HEADER_BYTES;
    }
    return count > MAX_HEADERS ? `it has ${count} headers; at most ${MAX_HEADERS} are read` : undefined;
  } catch (error) {
    if (error instanceof MalformedBytes) return error.message;
    throw error;
  }
}

/** A little of the message, in memory of its own: the rest need not be held for it. */
export function partOf(message: Message, unread: UnreadPart): Message {
  const headers = Object.create(null) as Headers;
  let left = KEPT_BYTES;
  for (const [name, header] of Object.entries(message.headers)) {
    const values = [header].flat();
    left -= values.reduce((sum, value) => sum + name.length + (value?.length ?? 0), 0);
    if (left < 0) break;
    for (const value of values) addHeader(headers, name, value && Buffer.from(value));
  }
  const key = message.key && Buffer.from(message.key.subarray(0, KEPT_BYTES));
  const value = message.value && Buffer.from(message.value.subarray(0, KEPT_BYTES));
  const bytes = MESSAGE_BYTES + 3 * KEPT_BYTES;
  return { ...message, key, value, headers, bytes, unread };
}

/** The message in memory of its own. */
export function withOwnBytes(message: Message): Message {
  const headers = Object.create(null) as Headers;
  for (const [name, header] of Object.entries(message.headers))
    for (const value of [header].flat()) addHeader(headers, name, value && Buffer.from(value));
  return {
    ...message,
    key: message.key && Buffer.from(message.key),
    value: message.value && Buffer.from(message.value),
    headers,
  };
}

function readBytes(reader: ByteReader): Buffer | null {
  const length = reader.varint();
  return length === -1 ? null : reader.take(length);
}

function addHeader(headers: Headers, name: string, value: HeaderValue): void {
  const known = headers[name];
  if (known === undefined) headers[name] = value;
  else if (Array.isArray(known)) known.push(value);
  else headers[name] = [known, value];
}
