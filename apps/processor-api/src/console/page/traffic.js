import { count, figure, milliseconds } from './format.js';

/** @typedef {import('../status-body').StatusBody['window']['points'][number]} TrafficPoint */

/**
 * One minute of points: sums, and the highest of each second's latencies.
 *
 * @typedef {object} TrafficMinute
 * @property {number} atMs
 * @property {number} accepted
 * @property {number} refused
 * @property {number | null} p50Ms
 * @property {number | null} p95Ms
 * @property {number | null} p99Ms
 */

const MINUTE_MS = 60_000;

/**
 * @param {readonly TrafficPoint[]} points
 * @returns {TrafficMinute[]}
 */
export function byMinute(points) {
  /** @type {Map<number, TrafficMinute>} */
  const minutes = new Map();
  for (const point of points) {
    const atMs = Math.floor(Date.parse(point.at) / MINUTE_MS) * MINUTE_MS;
    const minute = minutes.get(atMs) ?? {
      atMs,
      accepted: 0,
      refused: 0,
      p50Ms: null,
      p95Ms: null,
      p99Ms: null,
    };
    minutes.set(atMs, {
      atMs,
      accepted: minute.accepted + point.accepted,
      refused: minute.refused + point.refused,
      p50Ms: highest(minute.p50Ms, point.p50Ms),
      p95Ms: highest(minute.p95Ms, point.p95Ms),
      p99Ms: highest(minute.p99Ms, point.p99Ms),
    });
  }
  return [...minutes.values()];
}

/**
 * What the throughput chart shows, in one sentence.
 *
 * @param {readonly TrafficPoint[]} points
 * @returns {string}
 */
export function throughputInWords(points) {
  const accepted = points.map((point) => point.accepted);
  const refused = points.reduce((sum, point) => sum + point.refused, 0);
  const sum = accepted.reduce((total, of) => total + of, 0);
  const mean = points.length === 0 ? 0 : sum / points.length;
  return (
    `Over ${count(points.length)} seconds ${count(sum)} records accepted, ${count(refused)} refused; ` +
    `${figure(mean)} a second on average, ${count(Math.max(0, ...accepted))} at most.`
  );
}

/**
 * @param {readonly TrafficPoint[]} points
 * @returns {string}
 */
export function latencyInWords(points) {
  const latest = points.findLast((point) => point.p50Ms !== null);
  if (!latest) return 'No record was accepted in these minutes.';
  const { p50Ms, p95Ms, p99Ms } = latest;
  return `Of the latest records half took ${milliseconds(p50Ms)} or less, 95 % ${milliseconds(p95Ms)}, 99 % ${milliseconds(p99Ms)}.`;
}

/**
 * @param {number | null} one
 * @param {number | null} other
 * @returns {number | null}
 */
function highest(one, other) {
  if (one === null) return other;
  return other === null ? one : Math.max(one, other);
}
