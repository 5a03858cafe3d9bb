import { gzipSync, zstdCompressSync } from 'node:zlib';
import { CompressionTypes } from 'kafkajs';
import { compressFrameSync } from 'lz4-napi';
import { compressSync as compressSnappy } from 'snappy';
import { rawBatch, type RawBatchRecord } from '@libs/platform/testing';

const MIB = 1024 * 1024;

const zstdOf = (records: readonly RawBatchRecord[]): Buffer =>
  rawBatch(records, { attributes: CompressionTypes.ZSTD, compress: zstdCompressSync });
const repeated = (count: number, record: RawBatchRecord): RawBatchRecord[] =>
  Array.from({ length: count }, () => record);

/** What anybody with a producer can put on a topic, and Kafka takes. */
export const HOSTILE_BATCHES: Readonly<Record<string, () => Buffer[]>> = {
  'headers with names that every object has': () =>
    ['toString', '__proto__', 'constructor', 'hasOwnProperty', 'valueOf'].map((name) =>
      rawBatch([{ value: 'not JSON', headers: [[name, 'x']] }]),
    ),
  'a record with 20,000 headers': () => [
    rawBatch([{ value: 'x', headers: Array.from({ length: 20_000 }, (_, at) => [`h${at}`, 'v'] as const) }]),
  ],
  'a record with 100,000 values of one header': () => [
    rawBatch([{ value: 'x', headers: Array<readonly [string, string]>(100_000).fill(['h', 'v']) }]),
  ],
  '200 MiB in one value, zstd': () => [zstdOf([{ key: 'bomb', value: Buffer.alloc(200 * MIB) }])],
  '200 MiB in one value, gzip': () => [
    rawBatch([{ key: 'bomb', value: Buffer.alloc(200 * MIB) }], {
      attributes: CompressionTypes.GZIP,
      compress: gzipSync,
    }),
  ],
  '100 MiB in one value, lz4': () => [
    rawBatch([{ value: Buffer.alloc(100 * MIB) }], {
      attributes: CompressionTypes.LZ4,
      compress: (records) => compressFrameSync(records),
    }),
  ],
  '15 MiB in one value, snappy': () => [
    rawBatch([{ value: Buffer.alloc(15 * MIB) }], {
      attributes: CompressionTypes.Snappy,
      compress: (records) => compressSnappy(records),
    }),
  ],
  '50 batches that expand to 15 MiB each': () =>
    repeated(50, {}).map(() => zstdOf([{ value: Buffer.alloc(15 * MIB) }])),
  '100,000 tiny records in a batch': () => [zstdOf(repeated(100_000, {}))],
  '100,000 tiny records in a batch, not compressed': () => [rawBatch(repeated(100_000, {}))],
  'offsets that stand still, go back, and lie far ahead': () =>
    [0, -5, 1_000_000, 2 ** 31 - 1].map((offsetDelta) => rawBatch([{}, { offsetDelta }, {}])),
  'keys and names that are not UTF-8': () => {
    const notText = Buffer.from([0xff, 0xfe, 0x00, 0xc0]);
    return [rawBatch([{ key: notText, value: notText, headers: [[notText, notText]] }])];
  },
  'a key of 900 KiB, an empty key and an empty name': () => [
    rawBatch([{ key: Buffer.alloc(900 * 1024, 'k'), value: 'x' }]),
    rawBatch([{ key: '', value: '', headers: [['', '']] }]),
  ],
  'JSON that nests deeply, and JSON of a million numbers': () => [
    rawBatch([{ value: '['.repeat(900_000) }]),
    zstdOf([{ value: `{"embedding":[${'1,'.repeat(1_000_000)}1]}` }]),
    zstdOf([{ value: `{${'"a":{'.repeat(200_000)}` }]),
  ],
  'headers that tell of another dead letter': () => [
    rawBatch([
      {
        value: 'x',
        headers: [
          ['dlq-topic', 'elsewhere'],
          ['dlq-offset', '-1'],
          ['origin-topic', '__proto__'],
          ['origin-partition', '99999999999'],
        ],
      },
    ]),
  ],
};

/** What only a broker may write: Kafka refuses it. */
export const REFUSED_BATCHES: Readonly<Record<string, () => Buffer>> = {
  'a mark that ends transactions': () =>
    rawBatch([{ key: Buffer.of(0, 0, 0, 1), value: Buffer.alloc(6) }], { attributes: 0x20 }),
  'more records than there are': () => rawBatch([{}], { count: 1_000_000, lastOffsetDelta: 999_999 }),
  'compressed bytes that are none': () => rawBatch([{}], { attributes: CompressionTypes.GZIP }),
};
