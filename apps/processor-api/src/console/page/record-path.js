/**
 * Where a record is read with its vector.
 *
 * @param {string} eventId
 * @returns {string}
 */
export function recordPath(eventId) {
  return `/v1/metadata/${encodeURIComponent(eventId)}?include=embedding&as=packed`;
}
