/**
 * Milliseconds from `nowMs` (Unix time) that a Retry-After header asks for, in seconds or as an HTTP date; undefined
 * where there is none, or none that can be read. Source: RFC 9110, section 10.2.3.
 */
export function retryAfterMs(header: string | null | undefined, nowMs: number): number | undefined {
  if (header === null || header === undefined || header.trim() === '') return undefined;
  const seconds = Number(header);
  const askedMs = Number.isNaN(seconds) ? Date.parse(header) - nowMs : seconds * 1_000;
  return Number.isNaN(askedMs) ? undefined : Math.max(askedMs, 0);
}
