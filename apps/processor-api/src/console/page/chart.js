import { draw } from './drawing.js';
import { element, part } from './element.js';
import { figure, timeOfDay } from './format.js';
import { lonelyValue } from './lonely-value.js';

/**
 * A line of a chart; it differs from the others by its dashes as well as by its colour.
 *
 * @typedef {object} Line
 * @property {string} label
 * @property {'blue' | 'red' | 'amber' | 'violet'} colour
 * @property {number[]} dash
 */

/**
 * @typedef {object} ChartPlan
 * @property {string} id of the element it is drawn in; its legend is `<id>-legend`
 * @property {readonly Line[]} lines
 * @property {string} unit
 */

/** @typedef {(plot: uPlot, index: number) => number[]} LinePoints */

const HEIGHT = 200;
const LOWEST_TOP = 1;
const AXIS_FONT = '12px system-ui, sans-serif';

/** Lines over the last minutes, with what lies under the pointer told in the legend. */
export class Chart {
  #plan;
  #place;
  /** @type {HTMLSpanElement[]} */
  #legendValues;
  /** @type {uPlot} */
  #plot;

  /** @param {ChartPlan} plan */
  constructor(plan) {
    this.#plan = plan;
    this.#place = part(plan.id, HTMLDivElement);
    this.#legendValues = this.#makeLegend();
    this.#plot = new uPlot(this.#options(), [[], ...plan.lines.map(() => [])], this.#place);
    new ResizeObserver(() => {
      this.#plot.setSize({ width: this.#width(), height: HEIGHT });
    }).observe(this.#place);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#plot.redraw(false, true);
    });
  }

  /**
   * @param {readonly number[]} secondsOfDay epoch seconds
   * @param {readonly (readonly (number | null)[])[]} values of each line
   * @param {string} inWords
   */
  show(secondsOfDay, values, inWords) {
    this.#plot.setData([[...secondsOfDay], ...values.map((line) => [...line])]);
    this.#place.setAttribute('aria-label', inWords);
  }

  /** @returns {uPlot.Options} */
  #options() {
    const axis = {
      stroke: () => colourOf('--muted'),
      font: AXIS_FONT,
      grid: { stroke: () => colourOf('--line'), width: 1 },
      ticks: { stroke: () => colourOf('--line'), width: 1 },
    };
    return {
      width: this.#width(),
      height: HEIGHT,
      legend: { show: false },
      cursor: { drag: { setScale: false }, points: { size: 6 } },
      scales: { y: { range: (_, __, high) => [0, Math.max(high * 1.1, LOWEST_TOP)] } },
      axes: [
        { ...axis, space: 70, values: (_, ticks) => ticks.map((seconds) => timeOfDay(seconds * 1000)) },
        { ...axis, size: 48, values: (_, ticks) => ticks.map(figure) },
      ],
      series: [
        {},
        ...this.#plan.lines.map(({ label, colour, dash }) => ({
          label,
          dash,
          width: 1.5,
          points: {
            show: true,
            size: 5,
            fill: () => colourOf(COLOURS[colour]),
            filter: /** @type {LinePoints} */ (plot, index) => lonelyValue(plot.data[index] ?? []),
          },
          spanGaps: true,
          stroke: () => colourOf(COLOURS[colour]),
        })),
      ],
      hooks: {
        setCursor: [
          (plot) => {
            this.#tell(plot);
          },
        ],
      },
    };
  }

  /** @param {uPlot} plot */
  #tell({ cursor, data }) {
    for (const [index, place] of this.#legendValues.entries()) {
      const value = typeof cursor.idx === 'number' ? data[index + 1]?.[cursor.idx] : undefined;
      place.textContent = value === null || value === undefined ? '' : ` ${figure(value)} ${this.#plan.unit}`;
    }
  }

  #makeLegend() {
    const places = this.#plan.lines.map(() => element('span'));
    const items = this.#plan.lines.map(({ label, colour, dash }, index) => {
      const sample = draw({
        attributes: { viewBox: '0 0 30 10', class: `series-${colour}`, 'aria-hidden': 'true' },
        shapes: [
          {
            name: 'path',
            attributes: {
              d: 'M0 5H30',
              stroke: 'currentColor',
              'stroke-width': '3',
              'stroke-dasharray': dash.join(' '),
            },
          },
        ],
      });
      return element('li', {}, [sample, label, places[index] ?? '']);
    });
    part(`${this.#plan.id}-legend`, HTMLUListElement).replaceChildren(...items);
    return places;
  }

  #width() {
    return Math.max(this.#place.clientWidth, 1);
  }
}

const COLOURS = { blue: '--accent', red: '--bad', amber: '--amber', violet: '--violet' };

/**
 * @param {string} variable
 * @returns {string}
 */
function colourOf(variable) {
  return getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
}
