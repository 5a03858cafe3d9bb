import type { Counter, Histogram } from 'prom-client';
import type { DeliveredMetadata, PipelineError, RawRecord, StoreOutcome } from '@libs/domain';
import type { Logger } from '@libs/platform';

export const RECORDS_METRIC = {
  name: 'gpu_metadata_records_total',
  help: 'Records settled, by what became of them',
  labelNames: ['outcome'],
};
export const DEAD_LETTERS_METRIC = {
  name: 'gpu_metadata_dead_letters_total',
  help: 'Records sent to the dead-letter topic, by error code',
  labelNames: ['code'],
};
export const BATCH_DURATION_METRIC = {
  name: 'gpu_metadata_batch_duration_seconds',
  help: 'Time to settle one batch of records',
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

  startBatch(): () => void {
    return this.durations.startTimer();
  }

  settled({ metadata, position }: DeliveredMetadata, { kind }: StoreOutcome): void {
    this.records.inc({ outcome: kind });
    if (kind !== 'foreign') return;
    const { eventId, producer } = metadata;
    const place = { partition: position.partition, offset: String(position.offset) };
    this.logger.warn({ eventId, keyId: producer.keyId, ...place }, 'event of another key id changed nothing');
  }

  deadLettered({ position }: RawRecord, { code }: PipelineError): void {
    this.deadLetters.inc({ code });
    this.logger.warn(
      { partition: position.partition, offset: String(position.offset), code },
      'record dead-lettered',
    );
  }
}
