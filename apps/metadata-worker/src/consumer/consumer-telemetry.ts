import type { Counter, Histogram } from 'prom-client';
import type { DeliveredMetadata, PipelineError, RawRecord } from '@libs/domain';
import type { Logger } from '@libs/platform';

export const RECORDS_METRIC = {
  name: 'consumer_records_total',
  help: 'Records settled, by topic and what became of them',
  labelNames: ['topic', 'outcome'],
};
export const DEAD_LETTERS_METRIC = {
  name: 'consumer_dead_letters_total',
  help: 'Records sent to the dead-letter topic, by topic and error code',
  labelNames: ['topic', 'code'],
};
export const BATCH_DURATION_METRIC = {
  name: 'consumer_batch_duration_seconds',
  help: 'Time to settle one batch of records, by topic',
  labelNames: ['topic'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
};

/** What the worker tells about its records, in numbers and in the log. */
export class ConsumerTelemetry {
  constructor(
    private readonly records: Counter,
    private readonly deadLetters: Counter,
    private readonly durations: Histogram,
    private readonly logger: Logger,
  ) {}

  startBatch([first]: readonly RawRecord[]): () => void {
    return this.durations.startTimer({ topic: first?.position.topic });
  }

  settled(
    batch: readonly { readonly record: RawRecord; readonly outcome: { readonly kind: string } }[],
  ): void {
    for (const { record, outcome } of batch) {
      this.records.inc({ topic: record.position.topic, outcome: outcome.kind });
    }
  }

  foreign({ metadata: { eventId, producer }, position }: DeliveredMetadata): void {
    const place = { partition: position.partition, offset: String(position.offset) };
    this.logger.warn({ eventId, keyId: producer.keyId, ...place }, 'event of another key id changed nothing');
  }

  deadLettered({ position: { topic, partition, offset } }: RawRecord, { code }: PipelineError): void {
    this.deadLetters.inc({ topic, code });
    this.logger.warn({ topic, partition, offset: String(offset), code }, 'record dead-lettered');
  }
}
