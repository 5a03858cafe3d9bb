import { Liveness } from '@libs/platform';

/** A loop that consumes from Kafka, as seen from outside. */
export interface ConsumingLoop {
  /** Time since it last fetched or sent a heartbeat. */
  readonly silentMs: number;
  /** Resolves when it has stopped for good. */
  readonly failed: Promise<Error>;
}

const MAX_SILENT_MS = 60_000;

/**
 * Red when a loop stopped for good, or has for 60 s done nothing while Kafka answered: a restart helps then. A
 * dependency that is down is no reason to restart.
 */
export class ConsumerLiveness extends Liveness {
  /** Resolves when the first loop has stopped for good. */
  readonly failed: Promise<Error>;

  constructor(loops: readonly ConsumingLoop[], kafka: { readonly msSinceUnhealthy: number }) {
    let end: Error | undefined;
    super(() => {
      if (end) return `the consumer stopped for good: ${end.message}`;
      const silentMs = Math.min(Math.max(...loops.map((loop) => loop.silentMs)), kafka.msSinceUnhealthy);
      return silentMs > MAX_SILENT_MS
        ? `the consumer did nothing for ${Math.round(silentMs / 1000)} s`
        : undefined;
    });
    this.failed = Promise.race(loops.map((loop) => loop.failed));
    for (const { failed } of loops) void failed.then((error) => (end ??= error));
  }
}
