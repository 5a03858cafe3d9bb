const FLOAT32_BYTES = 4;

/** `embedding` of a submission, packed: dimension × 4 bytes, little-endian, as base64. */
export interface PackedEmbedding {
  readonly encoding: 'f32le-base64';
  readonly dimension: number;
  readonly data: string;
}

/** The packed form of float32 values; numbers between two of them go to the nearest. */
export function pack(values: readonly number[]): PackedEmbedding {
  const bytes = Buffer.alloc(values.length * FLOAT32_BYTES);
  values.forEach((value, index) => bytes.writeFloatLE(value, index * FLOAT32_BYTES));
  return { encoding: 'f32le-base64', dimension: values.length, data: bytes.toString('base64') };
}

/** The values of a packed embedding, exactly; throws RangeError when length and dimension disagree. */
export function unpack(embedding: PackedEmbedding): number[] {
  const bytes = Buffer.from(embedding.data, 'base64');
  if (bytes.length !== embedding.dimension * FLOAT32_BYTES) {
    throw new RangeError(`${bytes.length} bytes are not ${embedding.dimension} float32 values`);
  }
  return floats(bytes);
}

/** What differs between two vectors, bit for bit (0 is not -0), in words; undefined when nothing does. */
export function difference(sent: readonly number[], stored: readonly number[]): string | undefined {
  if (sent.length !== stored.length) {
    return `${sent.length} values sent, ${stored.length} stored`;
  }
  const differing = sent.flatMap((value, index) => (Object.is(value, stored[index]) ? [] : [index]));
  const first = differing[0];
  if (first === undefined) return undefined;
  return `${differing.length} of ${sent.length} values differ, first [${first}]: sent ${sent[first]!}, stored ${stored[first]!}`;
}

/** The values of little-endian float32 bytes; throws TypeError where the last is cut. */
export function floats(bytes: Buffer): number[] {
  if (bytes.length % FLOAT32_BYTES !== 0) {
    throw new TypeError(`${bytes.length} bytes are no whole number of float32 values`);
  }
  return Array.from({ length: bytes.length / FLOAT32_BYTES }, (_, index) =>
    bytes.readFloatLE(index * FLOAT32_BYTES),
  );
}
