import type { Counter } from 'prom-client';
import type { PublishRefused } from '@libs/domain';
import type { Logger } from '@libs/platform';

export const PUBLISH_REFUSALS_METRIC = {
  name: 'publish_refusals_total',
  help: 'Records that Kafka refused for good, by topic and the name Kafka gives the error',
  labelNames: ['topic', 'error'],
};

const WARN_AGAIN_MS = 60_000;

/** Tells operators what Kafka refuses for good: a warning a minute for each error of a topic, and a count of records. */
export class PublishRefusals {
  private readonly warnedAtMs = new Map<string, number>();

  constructor(
    private readonly refusals: Counter,
    private readonly logger: Logger,
  ) {}

  /** Counts a record, and warns. */
  count(refusal: PublishRefused): void {
    const { topic, kafkaError } = refusal.refused;
    this.refusals.inc({ topic, error: kafkaError });
    this.warn(refusal);
  }

  warn({ code, message, refused: { topic, kafkaError } }: PublishRefused): void {
    const error = `${topic} ${kafkaError}`;
    const nowMs = performance.now();
    if (nowMs - (this.warnedAtMs.get(error) ?? -Infinity) < WARN_AGAIN_MS) return;
    this.warnedAtMs.set(error, nowMs);
    this.logger.warn({ code, topic, kafkaError, fault: message }, 'Kafka refuses records for good');
  }
}
