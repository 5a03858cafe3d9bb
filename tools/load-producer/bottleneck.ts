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
/** Code that has just been loaded is slow, and a busy machine halts everybody for a moment: once is no bottleneck. */
const FAR_TOO_LATE_MS = 1_000;

/**
 * What held records back in a second: this producer, which was late for its own schedule or had no time left, as in
 * the second before, or the connections, all of which waited for the server.
 */
export function bottleneckOf(second: Second, before: Second | undefined): Bottleneck | undefined {
  const isSlow = isBehind(second) && before !== undefined && isBehind(before);
  if (isSlow || second.latenessMs > FAR_TOO_LATE_MS) return 'producer';
  return second.waiting > 0 && second.idleConnections === 0 ? 'connections' : undefined;
}

function isBehind({ latenessMs, utilization }: Second): boolean {
  return latenessMs > LATE_MS || utilization > BUSY;
}
