const BLOCK_CHARACTERS: usize = 16;
const BLOCK_BYTES: usize = 12;
const PADDING: u8 = 0x3d;

// Source: W. Muła, D. Lemire, "Faster Base64 Encoding and Decoding using AVX2 Instructions", 2018.
/** Of each three bytes the middle one, the first, the last and the middle one: each six bits lie within 16 then. */
const ORDER = memory.data<u8>([1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10]);
const FIRST = memory.data<u32>([0xfc00, 0xfc00, 0xfc00, 0xfc00]);
const THIRD = memory.data<u32>([0x0fc0_0000, 0x0fc0_0000, 0x0fc0_0000, 0x0fc0_0000]);
const SECOND_AND_FOURTH = memory.data<u32>([0x003f_03f0, 0x003f_03f0, 0x003f_03f0, 0x003f_03f0]);
/** Shifts the second six bits by 4 to the left, and the fourth ones by 8. */
const TO_HIGHER_BYTES = memory.data<u32>([0x0100_0010, 0x0100_0010, 0x0100_0010, 0x0100_0010]);
/** What makes a character of a value: of 0 to 25 by 13, of 26 to 51 by 0, of 52 to 63 by 1 to 12. */
const SHIFTS = memory.data<i8>([71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 65, 0, 0]);
const LARGEST_LETTER = memory.data<u64>([0x3333333333333333, 0x3333333333333333]);
const SMALL_LETTERS = memory.data<u64>([0x1a1a1a1a1a1a1a1a, 0x1a1a1a1a1a1a1a1a]);
const CAPITALS = memory.data<u64>([0x0d0d0d0d0d0d0d0d, 0x0d0d0d0d0d0d0d0d]);

/**
 * Writes the bytes from `bytesAt` to `bytesEnd` in base64 (RFC 4648 section 4, padded) from `textAt` on. 16 bytes behind
 * `bytesEnd` are overwritten, and up to 16 characters more than there are may be written.
 *
 * @returns how many characters there are
 */
export function encodeBase64(bytesAt: usize, bytesEnd: usize, textAt: usize): i32 {
  v128.store(bytesEnd, i32x4.splat(0));
  // In registers: whatever is loaded in a loop is loaded each time.
  const order = v128.load(ORDER);
  const firstBits = v128.load(FIRST);
  const thirdBits = v128.load(THIRD);
  const otherBits = v128.load(SECOND_AND_FOURTH);
  const toHigherBytes = v128.load(TO_HIGHER_BYTES);
  const shifts = v128.load(SHIFTS);
  const largestLetter = v128.load(LARGEST_LETTER);
  const smallLetters = v128.load(SMALL_LETTERS);
  const capitals = v128.load(CAPITALS);
  let to = textAt;
  for (let at = bytesAt; at < bytesEnd; at += BLOCK_BYTES) {
    const threes = i8x16.relaxed_swizzle(v128.load(at), order);
    const first = i32x4.shr_u(v128.and(threes, firstBits), 10);
    const third = i32x4.shr_u(v128.and(threes, thirdBits), 6);
    const others = i16x8.mul(v128.and(threes, otherBits), toHigherBytes);
    const values = v128.or(v128.or(first, third), others);
    const isCapital = v128.and(i8x16.gt_s(smallLetters, values), capitals);
    const kind = v128.or(i8x16.sub_sat_u(values, largestLetter), isCapital);
    v128.store(to, i8x16.add(values, i8x16.relaxed_swizzle(shifts, kind)));
    to += BLOCK_CHARACTERS;
  }
  const count = bytesEnd - bytesAt;
  const threes = (count + 2) / 3;
  const textEnd = textAt + (threes << 2);
  const padding = threes * 3 - count;
  if (padding > 0) store<u8>(textEnd - 1, PADDING);
  if (padding > 1) store<u8>(textEnd - 2, PADDING);
  return i32(textEnd - textAt);
}
