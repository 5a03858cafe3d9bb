/**
 * Rotates a vector in place so that its weight spreads over all values; lengths and products of two vectors stay as
 * they are. Signs change in a fixed pattern, then each block of a power of two goes through Hadamard's matrix.
 *
 * An embedding has a few large values, and a scale that fits them leaves the many small ones hardly any of the 255
 * codes: rotated, the same codes are several times as exact.
 */
export function rotate(vector: Float64Array): void {
  for (let i = 0; i < vector.length; i++) if (isFlipped(i)) vector[i]! *= -1;
  for (let start = 0; start < vector.length;) {
    const size = 2 ** Math.floor(Math.log2(vector.length - start));
    hadamard(vector.subarray(start, start + size));
    start += size;
  }
}

/** Without flips a vector of equal values would end as one single value. */
function isFlipped(index: number): boolean {
  return (Math.imul(index + 1, 0x9e3779b1) & 0x4000_0000) !== 0;
}

function hadamard(block: Float64Array): void {
  const size = block.length;
  for (let half = 1; half < size; half *= 2) {
    for (let start = 0; start < size; start += 2 * half) {
      for (let i = start; i < start + half; i++) {
        const a = block[i]!;
        const b = block[i + half]!;
        block[i] = a + b;
        block[i + half] = a - b;
      }
    }
  }
  const scale = 1 / Math.sqrt(size);
  for (let i = 0; i < size; i++) block[i]! *= scale;
}
