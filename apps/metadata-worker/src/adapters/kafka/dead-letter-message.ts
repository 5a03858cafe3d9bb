import type { Message } from 'kafkajs';
import { DEAD_LETTER_HEADERS as NAMES } from '@libs/contracts';
import type { DeadLetter, RawRecord } from '@libs/domain';
import { encodableHeaders } from '@libs/platform';

type Content = Pick<RawRecord, 'key' | 'value' | 'headers'>;

const MAX_REASON_CHARACTERS = 1_000;
const OUR_HEADERS: readonly string[] = Object.values(NAMES);
/** The lengths of a header's name and value, at most. */
const LENGTHS_BYTES = 10;
/** What a record costs besides its content, our headers included, about. */
const OVERHEAD_BYTES = 2_048;

/** The record as it was, and why it is a dead letter. */
export function deadLetterMessage(letter: DeadLetter): Message {
  return toMessage(letter, letter.record, []);
}

/** The same with as much of key, headers and value, in this order, as `maxBytes` hold. */
export function truncatedMessage(letter: DeadLetter, maxBytes: number): Message {
  const { key, headers, value } = letter.record;
  const keptKey = key?.subarray(0, maxBytes) ?? null;
  let left = maxBytes - (keptKey?.length ?? 0);
  const keptHeaders = Object.entries(headers).filter(([name, header]) => {
    const bytes = headerBytes(name, header);
    if (bytes > left) return false;
    left -= bytes;
    return true;
  });
  const keptValue = value?.subarray(0, left) ?? null;
  const truncated = [
    ...(keptKey?.length === key?.length ? [] : ['key']),
    ...(keptHeaders.length === Object.keys(headers).length ? [] : ['headers']),
    ...(keptValue?.length === value?.length ? [] : ['value']),
  ];
  const kept = { key: keptKey, value: keptValue, headers: Object.fromEntries(keptHeaders) };
  return toMessage(letter, kept, truncated);
}

/** What the letter occupies on its topic, about. */
export function sizeOf({ record: { key, headers, value } }: DeadLetter): number {
  const bytes = Object.entries(headers).reduce((sum, [name, header]) => sum + headerBytes(name, header), 0);
  return OVERHEAD_BYTES + bytes + (key?.length ?? 0) + (value?.length ?? 0);
}

function toMessage({ record, error, ...letter }: DeadLetter, content: Content, truncated: string[]): Message {
  const { topic, partition, offset } = record.position;
  const { unread } = record;
  const incomplete = unread ? ['key', 'headers', 'value'] : truncated;
  const own = Object.entries(encodableHeaders(content.headers)).filter(
    ([name]) => !OUR_HEADERS.includes(name),
  );
  return {
    key: content.key as Buffer | null,
    value: content.value as Buffer | null,
    headers: {
      ...Object.fromEntries(own),
      [NAMES.code]: error.code,
      [NAMES.message]: error.message.slice(0, MAX_REASON_CHARACTERS),
      [NAMES.topic]: topic,
      [NAMES.partition]: String(partition),
      [NAMES.offset]: String(offset),
      [NAMES.attempts]: String(letter.attempts),
      [NAMES.failedAt]: letter.failedAt.toISOString(),
      ...(unread && unread.lastOffset > offset && { [NAMES.lastOffset]: String(unread.lastOffset) }),
      ...(incomplete.length > 0 && { [NAMES.truncated]: incomplete.join() }),
    },
  };
}

function headerBytes(name: string, header: Content['headers'][string]): number {
  const sizes = [header]
    .flat()
    .map((value) => Buffer.byteLength(name) + (value?.length ?? 0) + LENGTHS_BYTES);
  return sizes.reduce((sum, size) => sum + size, 0);
}
