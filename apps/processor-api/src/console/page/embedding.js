/** @typedef {import('./wire.d.ts').Embedding} Embedding */

const FLOAT_BYTES = 4;

/**
 * The values of an embedding, in either form of the API.
 *
 * @param {Embedding} embedding
 * @returns {ArrayLike<number>}
 */
export function valuesOf(embedding) {
  return 'data' in embedding ? unpack(embedding.data) : embedding;
}

/**
 * @param {string} base64 of little-endian float32 values
 * @returns {Float32Array}
 */
function unpack(base64) {
  const text = atob(base64);
  const view = new DataView(Uint8Array.from(text, (letter) => letter.charCodeAt(0)).buffer);
  return Float32Array.from({ length: view.byteLength / FLOAT_BYTES }, (_, index) =>
    view.getFloat32(index * FLOAT_BYTES, true),
  );
}
