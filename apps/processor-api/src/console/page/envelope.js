/**
 * The lowest and highest value of each column when `values` are drawn on `columns` columns; fewer values than
 * columns have one column each.
 *
 * @param {ArrayLike<number>} values
 * @param {number} columns
 * @returns {{ low: number, high: number }[]}
 */
export function envelope(values, columns) {
  const count = Math.min(columns, values.length);
  return Array.from({ length: count }, (_, column) => {
    const end = Math.floor(((column + 1) * values.length) / count);
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let index = Math.floor((column * values.length) / count); index < end; index += 1) {
      const value = values[index] ?? 0;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    return { low, high };
  });
}
