import { createGunzip, createZstdDecompress } from 'node:zlib';
import { expandLz4, expandSnappy, type Expanded } from './lz-formats';

const CHUNK_BYTES = 64 * 1024;

const GZIP = 1;
const SNAPPY = 2;
const LZ4 = 3;
const ZSTD = 4;

/**
 * At most `maxBytes` of what `bytes` expands to; nothing for a codec that Kafka does not have.
 * Source: Kafka protocol guide, "Record Batch", attributes bit 0–2.
 */
export async function decompress(codec: number, bytes: Buffer, maxBytes: number): Promise<Expanded> {
  switch (codec) {
    case GZIP:
      return expand(() => createGunzip({ chunkSize: CHUNK_BYTES }), bytes, maxBytes);
    case SNAPPY:
      return expandSnappy(bytes, maxBytes);
    case LZ4:
      return expandLz4(bytes, maxBytes);
    case ZSTD:
      return expand(() => createZstdDecompress({ chunkSize: CHUNK_BYTES }), bytes, maxBytes);
    default:
      return { bytes: Buffer.alloc(0), end: 'broken' };
  }
}

async function expand(
  open: () => ReturnType<typeof createGunzip | typeof createZstdDecompress>,
  bytes: Buffer,
  maxBytes: number,
): Promise<Expanded> {
  const chunks: Buffer[] = [];
  let size = 0;
  let end: Expanded['end'] = 'whole';
  // Node ends with the first frame of zstd, of which there may be several.
  for (let rest = bytes; rest.length > 0 && end === 'whole';) {
    const stream = open();
    stream.end(rest);
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        size += chunk.length;
        if (size <= maxBytes) continue;
        end = 'cut';
        break; // which ends the stream
      }
    } catch {
      end = 'broken';
    }
    if (stream.bytesWritten === 0) end = 'broken';
    rest = rest.subarray(stream.bytesWritten);
  }
  return { bytes: Buffer.concat(chunks, Math.min(size, maxBytes)), end };
}
