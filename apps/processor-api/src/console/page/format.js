const COUNT = new Intl.NumberFormat('en');
const FIGURE = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const TIME = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const MINUTE = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const MOMENT = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });
const KIB = 1024;

/** @type {(value: number) => string} */
export const count = (value) => COUNT.format(value);

/** Three significant digits. @type {(value: number) => string} */
export const figure = (value) => FIGURE.format(value);

/** Hours, minutes and seconds of the reader's clock. @type {(at: string | number | Date) => string} */
export const timeOfDay = (at) => TIME.format(new Date(at));

/** @type {(at: string | number | Date) => string} */
export const minuteOfDay = (at) => MINUTE.format(new Date(at));

/** @type {(at: string | number | Date) => string} */
export const moment = (at) => MOMENT.format(new Date(at));

/** @type {(ms: number | null) => string} */
export const milliseconds = (ms) => (ms === null ? '–' : `${figure(ms)} ms`);

/**
 * @param {number} value
 * @returns {string}
 */
export function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  const power = value < KIB ? 0 : Math.min(Math.floor(Math.log2(value) / 10), units.length - 1);
  return `${figure(value / KIB ** power)} ${units[power] ?? 'B'}`;
}
