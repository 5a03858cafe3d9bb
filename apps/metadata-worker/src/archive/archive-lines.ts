import { isUtf8 } from 'node:buffer';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { derivedValues, type DeliveredMetadata, type RawRecord, type StreamPosition } from '@libs/domain';

/** Records embed base64 of random bytes, which a higher level compresses no better, only later. */
const LEVEL = 1;
const CHUNK_CHARACTERS = 256 * 1024;

/** Where the vector of an event is: a row of an object in NumPy's format. */
interface EmbeddingLocation {
  readonly object: string;
  readonly row: number;
}

interface EnrichedRecord {
  readonly record: RawRecord;
  readonly delivered: DeliveredMetadata;
  /** Undefined where embeddings are not archived. */
  readonly location: EmbeddingLocation | undefined;
}

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

/** A decoded record as a line of JSON, with everything the worker adds that is the same at each attempt. */
export function enrichedLine(
  { record, delivered, location }: EnrichedRecord,
  pipelineTags: readonly string[],
): string {
  const { metadata, position: origin, replayed } = delivered;
  const { embedding, gpu, ...fields } = metadata;
  const { memoryUtilization, ...derived } = derivedValues(metadata);
  const rest = {
    timestamp: record.timestamp,
    ...fields,
    gpu: { ...gpu, memoryUtilization },
    ...derived,
    embeddingObject: location?.object ?? null,
    embeddingRow: location?.row ?? null,
    pipeline: { tags: pipelineTags },
  };
  const originField = replayed ? `,"origin":{${positionFields(origin)}}` : '';
  return `{${positionFields(record.position)}${originField},${JSON.stringify(rest).slice(1)}`;
}

/** Lines of text as gzip without a time in it: equal lines give equal bytes. Rejects with what the lines throw. */
export async function gzipLines(lines: Iterable<string>): Promise<Uint8Array> {
  const compressed: Buffer[] = [];
  await pipeline(chunksOf(lines), createGzip({ level: LEVEL }), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) compressed.push(chunk);
  });
  return Buffer.concat(compressed);
}

/** `"topic":…,"partition":…,"offset":…`: an offset may be past what a JSON number made by JavaScript can hold. */
function positionFields({ topic, partition, offset }: StreamPosition): string {
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

function* chunksOf(lines: Iterable<string>): Generator<Buffer> {
  let text = '';
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}
