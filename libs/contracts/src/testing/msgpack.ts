import { encode } from '@msgpack/msgpack';

/** What a client's library makes of `value`; fields that are undefined are left out, as JSON does. */
export function msgpackOf(value: unknown): Buffer<ArrayBuffer> {
  return Buffer.from(encode(value, { ignoreUndefined: true }));
}
