import { EXPONENT, isSpace, MINUS, PLUS, POINT, ZERO } from './characters';
import { exactFloat32, nearestFloat32, UNUSUAL } from './nearest-float32';

/** With one digit more there are up to 18, which fit an i64. */
const MANY_DIGITS: i64 = 100_000_000_000_000_000;
const LARGEST_EXPONENT = 999;

/**
 * Reads a JSON number without its sign from `from` to `end`, white space behind it included, byte by byte. UNUSUAL for
 * any other text, and where its float32 is not certain.
 *
 * @returns the bits of its float32
 */
export function anyNumber(from: usize, end: usize): u32 {
  let at = from;
  let next = digitAt(at);
  if (next > 9) return UNUSUAL;
  let digits = i64(next);
  let power = 0;
  at += 1;
  next = digitAt(at);
  if (digits == 0 && next <= 9) return UNUSUAL;
  while (next <= 9) {
    if (digits >= MANY_DIGITS) return UNUSUAL;
    digits = digits * 10 + next;
    at += 1;
    next = digitAt(at);
  }
  if (load<u8>(at) == POINT) {
    at += 1;
    next = digitAt(at);
    if (next > 9) return UNUSUAL;
    while (next <= 9) {
      if (digits >= MANY_DIGITS) return UNUSUAL;
      digits = digits * 10 + next;
      power -= 1;
      at += 1;
      next = digitAt(at);
    }
  }
  if ((load<u8>(at) | 0x20) == EXPONENT) {
    at += 1;
    const sign: u32 = load<u8>(at);
    if (sign == MINUS || sign == PLUS) at += 1;
    next = digitAt(at);
    if (next > 9) return UNUSUAL;
    let exponent = 0;
    while (next <= 9) {
      exponent = exponent * 10 + next;
      if (exponent > LARGEST_EXPONENT) return UNUSUAL;
      at += 1;
      next = digitAt(at);
    }
    power += sign == MINUS ? -exponent : exponent;
  }
  while (isSpace(load<u8>(at))) at += 1;
  if (at != end) return UNUSUAL;
  const bits = nearestFloat32(digits, power);
  return bits == UNUSUAL ? exactFloat32(digits, power) : bits;
}

/** The value of a digit; past 9 for any other character. */
function digitAt(at: usize): u32 {
  return load<u8>(at) - ZERO;
}
