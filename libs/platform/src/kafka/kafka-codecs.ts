import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { CompressionCodecs, CompressionTypes } from 'kafkajs';
import SnappyCodec from 'kafkajs-snappy';
import { compressFrame, decompressFrame } from 'lz4-napi';

interface Encoder {
  readonly buffer: Buffer;
}
type Transform = (bytes: Buffer) => Promise<Buffer>;

/** kafkajs knows gzip alone; a batch that a foreign producer compressed otherwise would end the consumer. */
export function registerCodecs(): void {
  CompressionCodecs[CompressionTypes.Snappy] = SnappyCodec;
  CompressionCodecs[CompressionTypes.LZ4] = codec(compressFrame, decompressFrame);
  CompressionCodecs[CompressionTypes.ZSTD] = codec(promisify(zstdCompress), promisify(zstdDecompress));
}

function codec(compress: Transform, decompress: Transform): () => object {
  return () => ({ compress: ({ buffer }: Encoder) => compress(buffer), decompress });
}
