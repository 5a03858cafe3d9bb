import type { Window } from './page-windows';

export interface IdRange {
  readonly $gte: string;
  readonly $lt: string;
}

/** Ids by their first 48 bits, which are the time of a UUIDv7: numbers below this. */
export const ID_PREFIXES = 2 ** 48;

/** Behind a prefix: below every id, and as long. The embedded database loses documents where a bound is only part of an id. */
const BOUND_REST = '-0000-0000-000000000000';
/** Behind a prefix: the least id that a cursor may name. */
const LEAST_ID_REST = '-1000-8000-000000000000';
const BEYOND_ALL_IDS = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export function prefixOf(eventId: string): number {
  return parseInt(eventId.slice(0, 8) + eventId.slice(9, 13), 16);
}

export function leastIdOf(prefix: number): string {
  return textOf(prefix) + LEAST_ID_REST;
}

/** How many prefixes have ids below this one; undefined: below none. */
export function prefixesBelow(eventId: string | undefined): number {
  if (eventId === undefined) return ID_PREFIXES;
  const prefix = prefixOf(eventId);
  return eventId === leastIdOf(prefix) ? prefix : prefix + 1;
}

/** The ids whose prefixes lie in a window, those below `before` alone. */
export function idsOf({ from, to }: Window, before = BEYOND_ALL_IDS): IdRange {
  const end = to < ID_PREFIXES ? textOf(to) + BOUND_REST : BEYOND_ALL_IDS;
  return { $gte: textOf(from) + BOUND_REST, $lt: end < before ? end : before };
}

function textOf(prefix: number): string {
  const digits = prefix.toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}`;
}
