import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { compressFrameSync } from 'lz4-napi';
import { compressSync as compressSnappy } from 'snappy';
import { decompress } from './decompress';

const MIB = 1024 * 1024;

/** As snappy-java frames what Kafka's own clients compress. */
function inXerialBlocks(bytes: Buffer): Buffer {
  const blocks = [0, 1, 2, 3].map((part) => {
    const quarter = Math.ceil(bytes.length / 4);
    const block = compressSnappy(bytes.subarray(part * quarter, (part + 1) * quarter));
    const size = Buffer.alloc(4);
    size.writeInt32BE(block.length);
    return Buffer.concat([size, block]);
  });
  return Buffer.concat([Buffer.from('82534e41505059000000000100000001', 'hex'), ...blocks]);
}

function inZstdFrames(bytes: Buffer): Buffer {
  return Buffer.concat([zstdCompressSync(bytes.subarray(0, 9)), zstdCompressSync(bytes.subarray(9))]);
}

function behindSkippedFrame(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from('502a4d180300000000ffff', 'hex'), zstdCompressSync(bytes)]);
}

const COMPRESSORS = [
  ['gzip', 1, gzipSync],
  [
    'gzip in several members',
    1,
    (bytes: Buffer) => Buffer.concat([gzipSync(bytes.subarray(0, 9)), gzipSync(bytes.subarray(9))]),
  ],
  ['snappy', 2, compressSnappy],
  ["snappy in snappy-java's blocks", 2, inXerialBlocks],
  ['lz4', 3, compressFrameSync],
  [
    'lz4 with checksums',
    3,
    (bytes: Buffer) => compressFrameSync(bytes, { contentChecksum: true, blockChecksums: true }),
  ],
  [
    'lz4 in several frames',
    3,
    (bytes: Buffer) =>
      Buffer.concat([compressFrameSync(bytes.subarray(0, 9)), compressFrameSync(bytes.subarray(9))]),
  ],
  ['zstd', 4, zstdCompressSync],
  ['zstd in several frames', 4, inZstdFrames],
  ['zstd behind a frame to skip', 4, behindSkippedFrame],
] as const;

/** Random bytes, runs and repetitions: what compressors treat in their several ways. */
const content = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.nat(5_000)).map(([run, times]) => {
        return Buffer.alloc(run.length * times, run);
      }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts));

describe(decompress.name, () => {
  it.each(COMPRESSORS)('gives back what was compressed: %s', async (_name, codec, compress) => {
    await fc.assert(
      fc.asyncProperty(content, async (bytes) => {
        const expanded = await decompress(codec, compress(bytes), Buffer.alloc(MIB));
        expect(expanded.end).toBe('whole');
        expect(expanded.bytes.equals(bytes)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it.each(COMPRESSORS)(
    'gives out the beginning, up to the limit, and says that it is cut: %s',
    async (_name, codec, compress) => {
      const text = Buffer.from('the same again and again, 0123456789. '.repeat(100_000));
      const { bytes, end } = await decompress(codec, compress(text), Buffer.alloc(100_001));
      expect(end).toBe('cut');
      expect(bytes.equals(text.subarray(0, 100_001))).toBe(true);
      const whole = await decompress(codec, compress(text), Buffer.alloc(text.length));
      expect([whole.end, whole.bytes.length]).toEqual(['whole', text.length]);
    },
  );

  it.each(COMPRESSORS)(
    'never fails on bytes that anybody may have written: %s',
    async (_name, codec, compress) => {
      const change = fc.record({ at: fc.nat(), to: fc.nat(255) });
      await fc.assert(
        fc.asyncProperty(
          content,
          fc.array(change, { minLength: 1, maxLength: 4 }),
          async (bytes, changes) => {
            const compressed = Buffer.from(compress(bytes));
            for (const { at, to } of changes) compressed[at % compressed.length] = to;
            const expanded = await decompress(codec, compressed, Buffer.alloc(10_000));
            expect(expanded.bytes.length).toBeLessThanOrEqual(10_000);
          },
        ),
        { numRuns: 100 },
      );
    },
  );

  it.each(COMPRESSORS)('tells that the compressed bytes end early: %s', async (_name, codec, compress) => {
    const text = Buffer.from('text that is long enough. '.repeat(1_000));
    const { bytes, end } = await decompress(codec, compress(text).subarray(0, -5), Buffer.alloc(MIB));
    expect(end).toBe('broken');
    expect(bytes.equals(text.subarray(0, bytes.length))).toBe(true);
  });

  it('knows nothing of codecs that Kafka does not have', async () => {
    expect(await decompress(7, Buffer.from('x'), Buffer.alloc(MIB))).toEqual({
      bytes: Buffer.alloc(0),
      end: 'broken',
    });
  });
});
