import type { Counter, Histogram } from 'prom-client';

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

/** What the worker tells about its records. */
export class ConsumerMetrics {
  constructor(
    private readonly records: Counter,
    private readonly deadLetters: Counter,
    private readonly durations: Histogram,
  ) {}

  countOutcome(outcome: string): void {
    this.records.inc({ outcome });
  }

  countDeadLetter(code: string): void {
    this.deadLetters.inc({ code });
  }

  startBatch(): () => void {
    return this.durations.startTimer();
  }
}
