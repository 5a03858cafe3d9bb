import { LIMITS } from './limits';

const BYTES_PER_VALUE = 4;

/** A vector's bytes are needed until the next one is decoded only. Not out of a pool: they are aligned for float32. */
const PASSING_BYTES = Buffer.allocUnsafeSlow(LIMITS.embeddingValues * BYTES_PER_VALUE);

/**
 * Decodes padded base64 as an encoder writes it (RFC 4648 section 4), aligned for float32. The bytes lie in memory that
 * the next call writes.
 *
 * Undefined where `text` is not what the bytes are in base64. Node skips what is not base64, so that bytes are missing
 * then; it takes the URL alphabet and bits past the end, so that both are looked for.
 */
export function decodeCanonicalBase64(text: string): Buffer | undefined {
  const padding = text.endsWith('==') ? 2 : Number(text.endsWith('='));
  const length = (text.length / 4) * 3 - padding;
  if (text.length % 4 !== 0 || text.includes('-') || text.includes('_')) return undefined;
  const fits = length + padding <= PASSING_BYTES.length;
  const room = fits ? PASSING_BYTES : Buffer.allocUnsafeSlow(length + padding);
  const bytes = room.subarray(0, room.write(text, 'base64'));
  if (bytes.length !== length) return undefined;
  const lastFour = bytes.toString('base64', Math.max(0, length - 3 + padding));
  return lastFour === text.slice(-4) ? bytes : undefined;
}
