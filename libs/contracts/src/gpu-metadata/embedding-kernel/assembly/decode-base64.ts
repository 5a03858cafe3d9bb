const BLOCK_CHARACTERS: usize = 16;
const BLOCK_BYTES: usize = 12;
const PADDING: u32 = 0x3d;
/** The digit of value 0. */
const ZERO: u8 = 0x41;
const NOT_CANONICAL: i32 = -1;

// A character is in the alphabet where what the tables give for both of its halves has no bit in common, and its value
// is the character plus a number that hangs on its higher half, except for the slash (W. Muła, D. Lemire, "Faster
// Base64 Encoding and Decoding using AVX2 Instructions", 2018). Tables are loaded, as in usual-number.ts.
const LOWER = memory.data<u8>([
  0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a,
]);
const HIGHER = memory.data<u8>([
  0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10,
]);
/** By the higher half of a character, or by one less for the slash. */
const SHIFTS = memory.data<i8>([0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0]);
const HALF = memory.data<u64>([0x0f0f0f0f0f0f0f0f, 0x0f0f0f0f0f0f0f0f]);
const SLASHES = memory.data<u64>([0x2f2f2f2f2f2f2f2f, 0x2f2f2f2f2f2f2f2f]);
/** Two values of six bits become one of twelve, two of those one of 24. */
const PAIRS = memory.data<u8>([64, 1, 64, 1, 64, 1, 64, 1, 64, 1, 64, 1, 64, 1, 64, 1]);
const FOURS = memory.data<u16>([4096, 1, 4096, 1, 4096, 1, 4096, 1]);
/** Of each 24 bits the bytes, the highest first. */
const ORDER = memory.data<u8>([2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 12, 12, 12, 12]);

/**
 * Decodes the base64 that lies from `textAt` to `textEnd`, whose padding is overwritten, as are 16 characters behind
 * it. Up to 16 bytes more than there are may be written.
 *
 * @returns how many bytes lie from `bytesAt` on; −1 where the text is not what an encoder writes of them (RFC 4648
 * section 4, padded)
 */
export function decodeBase64(textAt: usize, textEnd: usize, bytesAt: usize): i32 {
  const length = textEnd - textAt;
  if ((length & 3) != 0) return NOT_CANONICAL;
  if (length == 0) return 0;
  const padding = takePadding(textEnd);
  v128.store(textEnd, i8x16.splat(ZERO));
  // In registers: whatever is loaded in a loop is loaded each time.
  const lowerTable = v128.load(LOWER);
  const higherTable = v128.load(HIGHER);
  const shiftTable = v128.load(SHIFTS);
  const half = v128.load(HALF);
  const slashes = v128.load(SLASHES);
  const pairs = v128.load(PAIRS);
  const fours = v128.load(FOURS);
  const order = v128.load(ORDER);
  let invalid = i32x4.splat(0);
  let to = bytesAt;
  for (let at = textAt; at < textEnd; at += BLOCK_CHARACTERS) {
    const characters = v128.load(at);
    const higher = v128.and(i16x8.shr_u(characters, 4), half);
    const lower = v128.and(characters, half);
    invalid = v128.or(
      invalid,
      v128.and(i8x16.relaxed_swizzle(lowerTable, lower), i8x16.relaxed_swizzle(higherTable, higher)),
    );
    const kind = i8x16.add(higher, i8x16.eq(characters, slashes));
    const values = i8x16.add(characters, i8x16.relaxed_swizzle(shiftTable, kind));
    const twelves = i16x8.relaxed_dot_i8x16_i7x16_s(values, pairs);
    v128.store(to, i8x16.relaxed_swizzle(i32x4.dot_i16x8_s(twelves, fours), order));
    to += BLOCK_BYTES;
  }
  if (v128.any_true(invalid)) return NOT_CANONICAL;
  const count = (length >>> 2) * 3 - padding;
  // Read as zeros, the padding leaves bits behind the last byte only where the character before it has some.
  if (padding > 0 && load<u8>(bytesAt + count) != 0) return NOT_CANONICAL;
  return i32(count);
}

/** Writes zeros in the place of one or two signs of padding. @returns how many there were */
function takePadding(textEnd: usize): usize {
  if (load<u8>(textEnd - 1) != PADDING) return 0;
  store<u8>(textEnd - 1, ZERO);
  if (load<u8>(textEnd - 2) != PADDING) return 1;
  store<u8>(textEnd - 2, ZERO);
  return 2;
}
