import { nearestFloat32, UNUSUAL } from './nearest-float32';

/** A digit and the point behind it, `0.`, as 16 bits. */
const ZERO_POINT: u32 = 0x2e30;
const LARGEST_COUNT: usize = 24;
/** So many digits of a fraction lie in one vector and leave room for the digit before the point. */
const SHORT_COUNT: usize = 12;

// Vectors that the loop uses are loaded: V8 makes a constant anew, in three instructions, wherever it is used.
const ZEROS = memory.data<u64>([0x3030303030303030, 0x3030303030303030]);
/** Added to a byte, sets its highest bit where it is past 9. */
const PAST_NINE = memory.data<u64>([0x7676767676767676, 0x7676767676767676]);
/** 10 * 256 + 1: times two digits as one little-endian number, their value comes out in the higher byte. */
const PAIRS = memory.data<u16>([2561, 2561, 2561, 2561, 2561, 2561, 2561, 2561]);
const FOURS = memory.data<u16>([100, 1, 100, 1, 100, 1, 100, 1]);
const EIGHTS = memory.data<u16>([10000, 1, 10000, 1, 10000, 1, 10000, 1]);
/** The 16 bytes from `n` on keep the last `n` of 16. */
const KEPT = memory.data<u64>([0, 0, 0xffffffffffffffff, 0xffffffffffffffff]);
/** 10 to the power of 0 to 18; behind those, where the digit before the point is a zero, any number will do. */
const TENS = memory.data<i64>([
  1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
  1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
  1000000000000000000, 0, 0, 0, 0, 0, 0,
]);

/**
 * Reads `d.ddd` from `from` to `end`, as nearly all numbers of an embedding are spelled: a digit, and a fraction of at
 * most 24 whose significant ones fit 18. UNUSUAL for any other text.
 *
 * @returns the bits of its float32
 */
export function usualNumber(from: usize, end: usize): u32 {
  const first = u32(load<u16>(from)) - ZERO_POINT;
  const count = end - from - 2;
  if (first > 9) return UNUSUAL;
  // One comparison for each: a count of 0 or less is a large one once a number is taken from it.
  if (count - 1 < SHORT_COUNT) return shortFraction(first, count, end);
  if (count - 1 < LARGEST_COUNT) return longFraction(first, count, end);
  return UNUSUAL;
}

function shortFraction(first: u32, count: usize, end: usize): u32 {
  const digits = digitsBefore(end, count);
  if (holdsOther(digits)) return UNUSUAL;
  const fours = foursOf(digits);
  const value = valueOf(i64x2.extract_lane(eightsOf(fours, fours), 0));
  return nearestFloat32(i64(first) * tenTo(count) + value, -i32(count));
}

/** In two vectors; of the higher one only two digits may be in use. */
function longFraction(first: u32, count: usize, end: usize): u32 {
  const lowCount = min<usize>(count, 16);
  const high = digitsBefore(end - 16, count - lowCount);
  const low = digitsBefore(end, lowCount);
  if (holdsOther(v128.or(high, low))) return UNUSUAL;
  const eights = eightsOf(foursOf(high), foursOf(low));
  const above = valueOf(i64x2.extract_lane(eights, 0));
  if (count > 17 && (first != 0 || above > 99)) return UNUSUAL;
  const value = above * 10_000_000_000_000_000 + valueOf(i64x2.extract_lane(eights, 1));
  return nearestFloat32(i64(first) * tenTo(count) + value, -i32(count));
}

/** The values of the last `count` characters before `end`, zeros before them. */
function digitsBefore(end: usize, count: usize): v128 {
  return v128.and(i8x16.sub(v128.load(end - 16), v128.load(ZEROS)), v128.load(KEPT + count));
}

function holdsOther(digits: v128): bool {
  return i8x16.bitmask(i8x16.add_sat_u(digits, v128.load(PAST_NINE))) != 0;
}

/** 16 digits as four numbers of four. */
function foursOf(digits: v128): v128 {
  const pairs = i16x8.shr_u(i16x8.mul(digits, v128.load(PAIRS)), 8);
  return i32x4.dot_i16x8_s(pairs, v128.load(FOURS));
}

/** Eight numbers of four digits as four of eight. */
function eightsOf(high: v128, low: v128): v128 {
  return i32x4.dot_i16x8_s(i16x8.narrow_i32x4_s(high, low), v128.load(EIGHTS));
}

/** Two numbers of eight digits, the higher one in the lower half. */
function valueOf(eights: i64): i64 {
  return (eights & 0xffff_ffff) * 100_000_000 + (eights >>> 32);
}

function tenTo(power: usize): i64 {
  return load<i64>(TENS + (power << 3));
}
