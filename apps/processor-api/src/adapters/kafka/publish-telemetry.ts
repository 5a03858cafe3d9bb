import type { Counter } from 'prom-client';
import { RECORD_HEADERS, type EncodedRecord } from '@libs/contracts';
import type { PublishRefused } from '@libs/domain';
import type { Logger, TraceSpan, Tracing } from '@libs/platform';

export const PUBLISH_REFUSALS_METRIC = {
  name: 'publish_refusals_total',
  help: 'Records that Kafka refused for good, by topic and the name Kafka gives the error',
  labelNames: ['topic', 'error'],
};

const WARN_AGAIN_MS = 60_000;

/** Tells operators what Kafka refuses for good, and how long each record waited for Kafka. */
export class PublishTelemetry {
  private readonly warnedAtMs = new Map<string, number>();

  constructor(
    private readonly refusals: Counter,
    private readonly tracing: Tracing,
    readonly logger: Logger,
  ) {}

  /** Begins the span of a record that waits for Kafka. */
  startSpan(topic: string, headers: EncodedRecord['headers']): TraceSpan {
    return this.tracing.start(`publish ${topic}`, {
      kind: 'producer',
      parent: headers[RECORD_HEADERS.traceparent],
      attributes: {
        'messaging.system': 'kafka',
        'messaging.operation.name': 'publish',
        'messaging.operation.type': 'send',
        'messaging.destination.name': topic,
        'messaging.message.id': headers[RECORD_HEADERS.id],
      },
    });
  }

  /** Counts a record that Kafka refused, and warns. */
  countRefusal(refusal: PublishRefused): void {
    const { topic, kafkaError } = refusal.refused;
    this.refusals.inc({ topic, error: kafkaError });
    this.warn(refusal);
  }

  /** Warns once a minute for each error of a topic. */
  warn({ code, message, refused: { topic, kafkaError } }: PublishRefused): void {
    const error = `${topic} ${kafkaError}`;
    const nowMs = performance.now();
    if (nowMs - (this.warnedAtMs.get(error) ?? -Infinity) < WARN_AGAIN_MS) return;
    this.warnedAtMs.set(error, nowMs);
    this.logger.warn({ code, topic, kafkaError, fault: message }, 'Kafka refuses records for good');
  }
}
