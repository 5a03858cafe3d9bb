import { draw } from './drawing.js';
import { element, part } from './element.js';
import { count } from './format.js';
import { groupHours } from './hourly-groups.js';
import { table } from './table.js';

/** @typedef {import('./hourly-groups.js').HourlyGroup} HourlyGroup */

const ROWS_SHOWN = 20;

/**
 * Records by model and device, from the hourly figures.
 *
 * @param {readonly import('./wire.d.ts').HourlyItem[]} items
 * @param {{ fromMs: number, hours: number }} span
 */
export function showBreakdown(items, span) {
  const groups = groupHours(items, span);
  const place = part('breakdown', HTMLDivElement);
  if (groups.length === 0) {
    place.replaceChildren(
      element('p', {}, ['No record was captured in these hours, or the worker has not counted them yet.']),
    );
    return;
  }
  const most = groups[0]?.total ?? 1;
  const rows = groups
    .slice(0, ROWS_SHOWN)
    .map((group) => [nameOf(group), totalOf(group, most), hoursOf(group)]);
  const hidden = groups.length - ROWS_SHOWN;
  place.replaceChildren(
    table('Records by model and device', ['Model and device', 'Records', 'Hour by hour'], rows),
    ...(hidden > 0 ? [element('p', { class: 'muted' }, [`${hidden} smaller groups are not shown.`])] : []),
  );
}

/**
 * @param {HourlyGroup} group
 * @returns {Node}
 */
function nameOf({ model, deviceName }) {
  return element('span', {}, [model, element('span', { class: 'device' }, [deviceName])]);
}

/**
 * @param {HourlyGroup} group
 * @param {number} most
 * @returns {Node}
 */
function totalOf({ total }, most) {
  const length = String((100 * total) / most);
  const bar = draw({
    attributes: { class: 'bar', viewBox: '0 0 100 1', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    shapes: [{ name: 'rect', attributes: { width: length, height: '1', fill: 'currentColor' } }],
  });
  return element('span', {}, [count(total), bar]);
}

/**
 * @param {HourlyGroup} group
 * @returns {Node}
 */
function hoursOf({ hours }) {
  const most = Math.max(...hours, 1);
  const active = hours.filter((records) => records > 0).length;
  return draw({
    attributes: {
      class: 'sparkline hours',
      viewBox: `0 0 ${hours.length} 40`,
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': `records in ${active} of ${hours.length} hours, ${count(most)} at most`,
    },
    shapes: hours.map((records, hour) => ({
      name: 'rect',
      attributes: {
        x: String(hour + 0.1),
        y: String(40 - (40 * records) / most),
        width: '0.8',
        height: String((40 * records) / most),
        fill: 'currentColor',
      },
    })),
  });
}
