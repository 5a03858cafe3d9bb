/** Codes of a row that are multiplied in a round: bytes of it, and half the bytes of the query's. */
const CODES: usize = 16;

/**
 * Multiplies rows of int8 codes, `stride` bytes each, with the int16 codes of a query: for each row the sum of its
 * products as int32, exact as long as it fits. The stride is a multiple of 16; the rows lie one after another from
 * `codesAt` to `codesEnd`. The sums are written behind the query.
 */
export function multiply(codesAt: usize, codesEnd: usize, stride: usize, queryAt: usize): void {
  let at = codesAt;
  for (let sumAt = queryAt + 2 * stride; at < codesEnd; sumAt += 4) {
    const rowEnd = at + stride;
    let sums = i32x4.splat(0);
    for (let query = queryAt; at < rowEnd; query += 2 * CODES) {
      sums = i32x4.add(sums, i32x4.dot_i16x8_s(v128.load_ext<i8>(at), v128.load(query)));
      sums = i32x4.add(sums, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 8), v128.load(query, 16)));
      at += CODES;
    }
    store<i32>(sumAt, sumOfLanes(sums));
  }
}

function sumOfLanes(lanes: v128): i32 {
  return (
    i32x4.extract_lane(lanes, 0) +
    i32x4.extract_lane(lanes, 1) +
    i32x4.extract_lane(lanes, 2) +
    i32x4.extract_lane(lanes, 3)
  );
}
