import { crc32c } from '@node-rs/crc32';

type Bytes = string | Uint8Array | null;

/** A record of a raw batch; what is left out is null, empty or as it should be. */
export interface RawBatchRecord {
  readonly key?: Bytes;
  readonly value?: Bytes;
  readonly headers?: readonly (readonly [name: string | Uint8Array, value: Bytes])[];
  readonly offsetDelta?: number;
  readonly timestampDelta?: bigint;
  readonly attributes?: number;
}

/** What the head of a raw batch says; what is left out is true. */
export interface RawBatchHead {
  readonly baseOffset?: bigint;
  readonly attributes?: number;
  readonly lastOffsetDelta?: number;
  readonly firstTimestamp?: bigint;
  readonly maxTimestamp?: bigint;
  readonly producerId?: bigint;
  readonly count?: number;
  /** What compresses the records; `attributes` must name it. */
  readonly compress?: (records: Buffer) => Buffer;
}

/** A record batch (format 2) that may say anything. Source: Kafka protocol guide, "Record Batch". */
export function rawBatch(records: readonly (RawBatchRecord | Buffer)[], head: RawBatchHead = {}): Buffer {
  const content = Buffer.concat(
    records.map((record, index) => (Buffer.isBuffer(record) ? record : rawRecord(record, index))),
  );
  const compressed = head.compress?.(content) ?? content;
  const bytes = Buffer.alloc(61 + compressed.length);
  bytes.writeBigInt64BE(head.baseOffset ?? 0n, 0);
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeInt32BE(-1, 12); // leader's epoch
  bytes.writeInt8(2, 16);
  bytes.writeInt16BE(head.attributes ?? 0, 21);
  bytes.writeInt32BE(head.lastOffsetDelta ?? records.length - 1, 23);
  bytes.writeBigInt64BE(head.firstTimestamp ?? 0n, 27);
  bytes.writeBigInt64BE(head.maxTimestamp ?? head.firstTimestamp ?? 0n, 35);
  bytes.writeBigInt64BE(head.producerId ?? -1n, 43);
  bytes.writeInt16BE(-1, 51); // producer's epoch
  bytes.writeInt32BE(-1, 53); // base sequence
  bytes.writeInt32BE(head.count ?? records.length, 57);
  compressed.copy(bytes, 61);
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17);
  return bytes;
}

/** One record of a batch, with its length before it. */
export function rawRecord(record: RawBatchRecord, index = 0): Buffer {
  const { key = null, value = null, headers = [] } = record;
  const body = Buffer.concat([
    Buffer.of(record.attributes ?? 0),
    varint(record.timestampDelta ?? 0n),
    varint(record.offsetDelta ?? index),
    sized(key),
    sized(value),
    varint(headers.length),
    ...headers.flatMap(([name, content]) => [sized(name), sized(content)]),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

/** Zigzag, as records have their numbers. */
export function varint(value: number | bigint): Buffer {
  const big = BigInt(value);
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, (big << 1n) ^ (big >> 63n)); ; rest >>= 7n) {
    if (rest < 0x80n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
}

function sized(content: Bytes): Buffer {
  if (content === null) return varint(-1);
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(bytes.length), bytes]);
}
