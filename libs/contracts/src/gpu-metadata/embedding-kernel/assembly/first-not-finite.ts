const FOUR_VALUES: usize = 16;
/** All of these bits are set in infinities and NaNs alone (IEEE 754). */
const EXPONENT = memory.data<u32>([0x7f800000, 0x7f800000, 0x7f800000, 0x7f800000]);

/**
 * Looks for an infinity or a NaN among `count` float32 values from `vectorAt` on. Up to 12 bytes behind them are read.
 *
 * @returns the index of the first one; −1 where all are finite
 */
export function firstNotFinite(vectorAt: usize, count: i32): i32 {
  const end = vectorAt + (usize(count) << 2);
  for (let at = vectorAt; at < end; at += FOUR_VALUES) {
    const exponents = v128.and(v128.load(at), v128.load(EXPONENT));
    const found = i32x4.bitmask(i32x4.eq(exponents, v128.load(EXPONENT)));
    if (found == 0) continue;
    const index = i32((at - vectorAt) >>> 2) + ctz(found);
    return index < count ? index : -1;
  }
  return -1;
}
