/** How a second of a run was. */
export interface Second {
  /** Share of the time that the event loop was at work. */
  readonly utilization: number;
  /** How much later than it was due a record was seen to arrive, at most. */
  readonly latenessMs: number;
  readonly waiting: number;
  readonly idleConnections: number;
}

export type Bottleneck = 'producer' | 'connections';

const BUSY = 0.95;
/** Timers are late by a millisecond or two anyway, and a garbage collection takes some. */
const LATE_MS = 50;

/**
 * What held records back in that second: this producer, which was late for its own schedule or had no time left, or
 * the connections, all of which waited for the server.
 */
export function bottleneckOf(second: Second): Bottleneck | undefined {
  const { utilization, latenessMs, waiting, idleConnections } = second;
  if (latenessMs > LATE_MS || utilization > BUSY) return 'producer';
  return waiting > 0 && idleConnections === 0 ? 'connections' : undefined;
}
