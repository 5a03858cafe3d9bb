import { Liveness } from '@libs/platform';

/** A loop that consumes from Kafka, as seen from outside. */
export interface ConsumingLoop {
  /** Time since it last fetched or sent a heartbeat. */
  readonly silentMs: number;
  /** Settles when it has stopped for good. */
  readonly failed: Promise<Error>;
}

const MAX_SILENT_MS = 60_000;

/**
 * Red when the loop stopped for good, or has for 60 s done nothing while Kafka answered: a restart helps then. A
 * dependency that is down is no reason to restart.
 */
export function consumerLiveness(loop: ConsumingLoop, kafka: { readonly msSinceProblem: number }): Liveness {
  let end: Error | undefined;
  void loop.failed.then((error) => (end = error));
  return new Liveness(() => {
    if (end) return `the consumer stopped for good: ${end.message}`;
    const silentMs = Math.min(loop.silentMs, kafka.msSinceProblem);
    return silentMs > MAX_SILENT_MS
      ? `the consumer did nothing for ${Math.round(silentMs / 1000)} s`
      : undefined;
  });
}
