/**
 * The place of a line's only value, which has no other to draw a line to.
 *
 * @param {ArrayLike<number | null | undefined>} values
 * @returns {number[]} one place or none
 */
export function lonelyValue(values) {
  const known = Array.from(values).flatMap((value, index) => (typeof value === 'number' ? [index] : []));
  return known.length === 1 ? known : [];
}
