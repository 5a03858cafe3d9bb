import { crc32c } from '@node-rs/crc32';
import type { Message } from 'kafkajs';
import type { ProduceOptions } from 'kafkajs/src/protocol/requests/produce';
import { RequestBytes } from './request-bytes';

type ProduceRequest = Pick<ProduceOptions, 'acks' | 'timeout' | 'topicData'>;
type Bytes = Buffer | string | null | undefined;
type Headers = NonNullable<Message['headers']>;

interface SizedRecord {
  readonly message: Message;
  readonly headerCount: number;
  /** All of the record behind its length. */
  readonly bodyBytes: number;
}

const MAGIC = 2;
/** Base offset and length stand before what the length counts. */
const BATCH_PREFIX_BYTES = 12;
const BATCH_HEAD_BYTES = 61;
/** The checksum covers a batch from its attributes on. */
const CHECKSUM_AT = 17;
const CHECKED_FROM = 21;

/**
 * The body of a Produce request, versions 3 to 8, with uncompressed record batches (format 2): its size is reckoned
 * first, then every byte is written once. Records carry the time of this call; our topics keep the broker's.
 * Source: Kafka protocol guide, "Produce API" and "Record Batch".
 */
export function encodeProduceRequest({ acks, timeout, topicData }: ProduceRequest): RequestBytes {
  const topics = topicData.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition, messages }) => sizedBatch(partition, messages)),
  }));
  const size = topics.reduce(
    (sum, { topic, partitions }) =>
      sum +
      6 +
      Buffer.byteLength(topic) +
      partitions.reduce((all, { batchBytes }) => all + 8 + batchBytes, 0),
    12,
  );
  const bytes = new RequestBytes(size);
  const target = bytes.buffer;
  let at = target.writeInt16BE(-1, 0); // no transaction
  at = target.writeInt16BE(acks, at);
  at = target.writeInt32BE(timeout, at);
  at = target.writeInt32BE(topics.length, at);
  const now = BigInt(Date.now());
  for (const { topic, partitions } of topics) {
    at = target.writeInt16BE(Buffer.byteLength(topic), at);
    at += target.write(topic, at);
    at = target.writeInt32BE(partitions.length, at);
    for (const batch of partitions) at = writeBatch(target, at, { ...batch, now });
  }
  return bytes;
}

/** What a broker holds against max.message.bytes where the message is sent alone. */
export function loneBatchBytes(message: Message): number {
  return sizedBatch(0, [message]).batchBytes;
}

interface SizedBatch {
  readonly partition: number;
  readonly records: readonly SizedRecord[];
  readonly batchBytes: number;
}

function sizedBatch(partition: number, messages: readonly Message[]): SizedBatch {
  const records = messages.map(sizedRecord);
  const batchBytes = records.reduce(
    (sum, { bodyBytes }) => sum + varintSize(bodyBytes) + bodyBytes,
    BATCH_HEAD_BYTES,
  );
  return { partition, records, batchBytes };
}

function sizedRecord(message: Message, offset: number): SizedRecord {
  let headerCount = 0;
  let headerBytes = 0;
  forEachHeader(message.headers, (name, value) => {
    headerCount += 1;
    headerBytes += sizeOf(name) + sizeOf(value);
  });
  const bodyBytes =
    2 +
    varintSize(offset) +
    sizeOf(message.key) +
    sizeOf(message.value) +
    varintSize(headerCount) +
    headerBytes;
  return { message, headerCount, bodyBytes };
}

function forEachHeader(headers: Headers | undefined, take: (name: string, value: Bytes) => void): void {
  if (!headers) return;
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (Array.isArray(value)) for (const one of value) take(name, one);
    else take(name, value);
  }
}

function writeBatch(
  target: Buffer,
  start: number,
  { partition, records, batchBytes, now }: SizedBatch & { readonly now: bigint },
): number {
  const batchAt = target.writeInt32BE(batchBytes, target.writeInt32BE(partition, start));
  let at = target.writeBigInt64BE(0n, batchAt); // the broker assigns offsets
  at = target.writeInt32BE(batchBytes - BATCH_PREFIX_BYTES, at);
  at = target.writeInt32BE(0, at); // the leader's epoch, unknown
  at = target.writeInt8(MAGIC, at);
  at = target.writeInt16BE(0, batchAt + CHECKED_FROM); // neither compressed nor part of a transaction
  at = target.writeInt32BE(records.length - 1, at);
  at = target.writeBigInt64BE(now, at);
  at = target.writeBigInt64BE(now, at);
  at = target.writeBigInt64BE(-1n, at); // not idempotent: no producer's id, epoch 0, first sequence 0
  at = target.writeInt16BE(0, at);
  at = target.writeInt32BE(0, at);
  at = target.writeInt32BE(records.length, at);
  for (let offset = 0; offset < records.length; offset++) {
    at = writeRecord(target, writeVarint(target, at, records[offset]!.bodyBytes), records[offset]!, offset);
  }
  target.writeUInt32BE(crc32c(target.subarray(batchAt + CHECKED_FROM, at)), batchAt + CHECKSUM_AT);
  return at;
}

function writeRecord(
  target: Buffer,
  start: number,
  { message, headerCount }: SizedRecord,
  offset: number,
): number {
  let at = start;
  target[at++] = 0; // attributes
  target[at++] = 0; // time since the batch's first
  at = writeVarint(target, at, offset);
  at = writeBytes(target, at, message.key);
  at = writeBytes(target, at, message.value);
  at = writeVarint(target, at, headerCount);
  forEachHeader(message.headers, (name, value) => {
    at = writeBytes(target, writeBytes(target, at, name), value);
  });
  return at;
}

/** With its length before it; null is a length of −1. */
function sizeOf(bytes: Bytes): number {
  if (bytes === null || bytes === undefined) return 1;
  const size = Buffer.byteLength(bytes);
  return varintSize(size) + size;
}

function writeBytes(target: Buffer, at: number, bytes: Bytes): number {
  if (bytes === null || bytes === undefined) return writeVarint(target, at, -1);
  const from = writeVarint(target, at, Buffer.byteLength(bytes));
  return from + (typeof bytes === 'string' ? target.write(bytes, from) : bytes.copy(target, from));
}

/** Of a 32-bit number in zigzag encoding, seven bits a byte. */
function varintSize(value: number): number {
  const bits = 32 - Math.clz32((value << 1) ^ (value >> 31));
  return Math.max(1, Math.ceil(bits / 7));
}

function writeVarint(target: Buffer, start: number, value: number): number {
  let at = start;
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  for (; rest > 127; rest >>>= 7) target[at++] = (rest & 127) | 128;
  target[at++] = rest;
  return at;
}
