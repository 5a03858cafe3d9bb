/** No bits of a float32 that is finite. */
export const UNUSUAL: u32 = 0xffff_ffff;

/** The bits of a double past those of a float32, and how far from half of them its rounding is certain. */
const PAST_FLOAT32: u32 = 0x1fff_ffff;
const HALF: u32 = 0x1000_0000;
const MARGIN: u32 = 16;
/** Up to this every integer is a double, and up to 10^22 every power of ten. */
const EXACT_DIGITS: i64 = 9_007_199_254_740_992;
const EXACT_POWER: i32 = 22;

const LEAST_POWER: i32 = -60;
const POWERS = memory.data<f64>([
  1e-60, 1e-59, 1e-58, 1e-57, 1e-56, 1e-55, 1e-54, 1e-53, 1e-52, 1e-51, 1e-50, 1e-49, 1e-48, 1e-47, 1e-46,
  1e-45, 1e-44, 1e-43, 1e-42, 1e-41, 1e-40, 1e-39, 1e-38, 1e-37, 1e-36, 1e-35, 1e-34, 1e-33, 1e-32, 1e-31,
  1e-30, 1e-29, 1e-28, 1e-27, 1e-26, 1e-25, 1e-24, 1e-23, 1e-22, 1e-21, 1e-20, 1e-19, 1e-18, 1e-17, 1e-16,
  1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 1e1,
  1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29, 1e30, 1e31, 1e32, 1e33, 1e34, 1e35, 1e36, 1e37, 1e38,
]);

/**
 * The float32 next to the double next to `digits` times ten to the power of `power`: what Math.fround makes of what
 * JSON.parse reads. `digits` is less than 2^63 and not negative.
 *
 * Digits and power are rounded to doubles and so is their product, each by at most 2^-53 of its value: it is off by less
 * than four units in the last place of a double. JSON.parse's double is off by half a unit. So they are less than 5
 * units from each other, or less than 10 where a power of two lies between them. Math.fround rounds them to different
 * values only where the middle between two float32 values lies between them or is one of them. From 2^-125 to the
 * middle between the largest float32 and infinity these are the doubles whose last 29 bits are half of 2^29. So where
 * the product is more than 16 units from such a double, both have one float32.
 *
 * @returns its bits; UNUSUAL near a middle, for 0, below 2^-125, for what overflows a float32, and for powers that are
 * not in the table: -60 to 38
 */
export function nearestFloat32(digits: i64, power: i32): u32 {
  if (u32(power - LEAST_POWER) > 98) return UNUSUAL;
  const near = f64(digits) * tenTo(power);
  if ((u32(reinterpret<u64>(near)) & PAST_FLOAT32) - (HALF - MARGIN) <= 2 * MARGIN) return UNUSUAL;
  const bits = reinterpret<u32>(f32(near));
  // Neither infinite nor of the two lowest exponents, in one comparison.
  return (bits >> 23) - 2 > 252 ? UNUSUAL : bits;
}

/**
 * The same where both factors are doubles, so that one rounding makes JSON.parse's double of them (W. D. Clinger, "How
 * to read floating point numbers accurately", 1990): this is how 0 and 16777217 are read, which are UNUSUAL above.
 *
 * @returns its bits; UNUSUAL for other factors and for what overflows a float32
 */
export function exactFloat32(digits: i64, power: i32): u32 {
  if (digits == 0) return 0;
  if (digits > EXACT_DIGITS || power < -EXACT_POWER || power > EXACT_POWER) return UNUSUAL;
  const double = power < 0 ? f64(digits) / tenTo(-power) : f64(digits) * tenTo(power);
  const value = f32(double);
  return value == Infinity ? UNUSUAL : reinterpret<u32>(value);
}

function tenTo(power: i32): f64 {
  return load<f64>(POWERS + ((power - LEAST_POWER) << 3));
}
