import { constants, deflateRawSync } from 'node:zlib';

const MIB = 1024 * 1024;
const ZSTD_BLOCK_BYTES = 128 * 1024;

/** The start of a gzip member: 2 MiB of it are 2 GiB of zeros. */
export function gzipBomb(compressedBytes: number): Buffer<ArrayBuffer> {
  return filled(compressedBytes, Buffer.from('1f8b0800000000000003', 'hex'), deflatedZeros());
}

/** The same in zlib (RFC 1950). */
export function deflateBomb(compressedBytes: number): Buffer<ArrayBuffer> {
  return filled(compressedBytes, Buffer.from('78da', 'hex'), deflatedZeros());
}

/** The start of a zstd frame of run-length blocks (RFC 8878, section 3.1.1.2): 2 MiB of it are 64 GiB of zeros. */
export function zstdBomb(compressedBytes: number): Buffer<ArrayBuffer> {
  const head = Buffer.from('28b52ffd0058', 'hex');
  const block = Buffer.alloc(4);
  block.writeUIntLE((ZSTD_BLOCK_BYTES << 3) | (1 << 1), 0, 3);
  return filled(compressedBytes, head, block);
}

function deflatedZeros(): Buffer {
  return deflateRawSync(Buffer.alloc(16 * MIB), { level: 9, finishFlush: constants.Z_FULL_FLUSH });
}

function filled(bytes: number, head: Buffer, block: Buffer): Buffer<ArrayBuffer> {
  return Buffer.concat([head, Buffer.alloc(bytes - head.length, block)]);
}
