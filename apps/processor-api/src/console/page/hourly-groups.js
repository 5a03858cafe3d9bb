/** @typedef {import('./wire.d.ts').HourlyItem} HourlyItem */

/**
 * The records of one model on one device.
 *
 * @typedef {object} HourlyGroup
 * @property {string} model
 * @property {string} deviceName
 * @property {number} total
 * @property {number[]} hours one count for each hour, the oldest first
 */

export const HOUR_MS = 3_600_000;

/**
 * The largest group first.
 *
 * @param {readonly HourlyItem[]} items
 * @param {{ fromMs: number, hours: number }} span
 * @returns {HourlyGroup[]}
 */
export function groupHours(items, { fromMs, hours }) {
  /** @type {Map<string, HourlyGroup>} */
  const groups = new Map();
  for (const { hour, model, deviceName, count } of items) {
    const index = Math.floor((Date.parse(hour) - fromMs) / HOUR_MS);
    if (index < 0 || index >= hours) continue;
    const name = JSON.stringify([model, deviceName]);
    const group = groups.get(name) ?? {
      model,
      deviceName,
      total: 0,
      hours: Array.from({ length: hours }, () => 0),
    };
    group.total += count;
    group.hours[index] = (group.hours[index] ?? 0) + count;
    groups.set(name, group);
  }
  return [...groups.values()].sort((one, other) => other.total - one.total);
}
