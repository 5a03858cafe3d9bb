import { draw } from './drawing.js';
import { envelope } from './envelope.js';
import { figure } from './format.js';

const COLUMNS = 120;
const HEIGHT = 40;
/** Keeps a column visible whose lowest and highest value are one. */
const THINNEST = 0.6;

/**
 * A vector as the band between the lowest and the highest value of each of up to 120 columns.
 *
 * @param {ArrayLike<number>} values
 * @param {string} className
 * @returns {SVGElement}
 */
export function sparkline(values, className = 'sparkline') {
  const bands = envelope(values, COLUMNS);
  const low = Math.min(...bands.map((band) => band.low));
  const high = Math.max(...bands.map((band) => band.high));
  return draw({
    attributes: {
      class: className,
      viewBox: `0 0 ${Math.max(bands.length - 1, 1)} ${HEIGHT}`,
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': `${values.length} values from ${figure(low)} to ${figure(high)}`,
    },
    shapes: [{ name: 'path', attributes: { d: outline(bands, { low, high }) } }],
  });
}

/**
 * Along the upper edge to the right, back along the lower one.
 *
 * @param {readonly { low: number, high: number }[]} bands
 * @param {{ low: number, high: number }} range
 * @returns {string}
 */
function outline(bands, { low, high }) {
  const scale = high > low ? HEIGHT / (high - low) : 0;
  /** @type {(value: number) => number} */
  const y = (value) => (scale === 0 ? HEIGHT / 2 : (high - value) * scale);
  const last = Math.max(bands.length - 1, 0);
  const wide = bands.length === 1 ? [...bands, ...bands] : bands;
  const upper = wide.map((band, x) => `${x} ${(y(band.high) - THINNEST / 2).toFixed(2)}`);
  const lower = wide.map((band, x) => `${x} ${(y(band.low) + THINNEST / 2).toFixed(2)}`).reverse();
  return last < 0 ? '' : `M${[...upper, ...lower].join('L')}Z`;
}
