import { endianness } from 'node:os';

/** NumPy pads its header so that the data begins at a multiple of this. */
const ALIGNMENT = 64;
const PRELUDE_BYTES = 10;
const BYTES_PER_VALUE = 4;

/**
 * Vectors of one dimension as a C-ordered array of shape (n, dimension), little-endian float32.
 * Source: NumPy's NEP 1, format version 1.0.
 */
export function npyOf(vectors: readonly Float32Array[]): Uint8Array {
  const dimension = vectors[0]!.length;
  const shape = `{'descr': '<f4', 'fortran_order': False, 'shape': (${vectors.length}, ${dimension}), }`;
  const headerEnd = Math.ceil((PRELUDE_BYTES + shape.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = `${shape.padEnd(headerEnd - PRELUDE_BYTES - 1)}\n`;
  const bytes = Buffer.allocUnsafeSlow(headerEnd + vectors.length * dimension * BYTES_PER_VALUE);
  bytes.write('\x93NUMPY\x01\x00', 0, 'latin1');
  bytes.writeUInt16LE(header.length, PRELUDE_BYTES - 2);
  bytes.write(header, PRELUDE_BYTES, 'latin1');
  vectors.forEach((vector, row) => {
    const start = headerEnd + row * dimension * BYTES_PER_VALUE;
    bytes.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), start);
  });
  if (endianness() === 'BE') bytes.subarray(headerEnd).swap32();
  return bytes;
}
