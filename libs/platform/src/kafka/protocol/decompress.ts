import { createGunzip, createZstdDecompress } from 'node:zlib';
import { expandLz4, expandSnappy, type Expanded } from './lz-formats';

const CHUNK_BYTES = 64 * 1024;

const GZIP = 1;
const SNAPPY = 2;
const LZ4 = 3;
const ZSTD = 4;

/**
 * Expands `bytes` into `target`, as far as it goes; nothing for a codec that Kafka does not have.
 * Source: Kafka protocol guide, "Record Batch", attributes bit 0–2.
 */
export async function decompress(codec: number, bytes: Buffer, target: Buffer): Promise<Expanded> {
  switch (codec) {
    case GZIP:
      return expand(() => createGunzip({ chunkSize: CHUNK_BYTES }), bytes, target);
    case SNAPPY:
      return expandSnappy(bytes, target);
    case LZ4:
      return expandLz4(bytes, target);
    case ZSTD:
      return expand(() => createZstdDecompress({ chunkSize: CHUNK_BYTES }), bytes, target);
    default:
      return { bytes: target.subarray(0, 0), end: 'broken' };
  }
}

async function expand(
  open: () => ReturnType<typeof createGunzip | typeof createZstdDecompress>,
  bytes: Buffer,
  target: Buffer,
): Promise<Expanded> {
  let size = 0;
  let end: Expanded['end'] = 'whole';
  // Node ends with the first frame of zstd, of which there may be several.
  for (let rest = bytes; rest.length > 0 && end === 'whole';) {
    const stream = open();
    stream.end(rest);
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        const written = chunk.copy(target, size);
        size += written;
        if (written === chunk.length) continue;
        end = 'cut';
        break; // which ends the stream
      }
    } catch {
      end = 'broken';
    }
    if (stream.bytesWritten === 0) end = 'broken';
    rest = rest.subarray(stream.bytesWritten);
  }
  return { bytes: target.subarray(0, size), end };
}
