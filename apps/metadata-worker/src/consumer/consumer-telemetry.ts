import { Injectable, Module } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';
import type { PipelineError, RawRecord, StreamPosition } from '@libs/domain';
import { NestLogger, type Logger } from '@libs/platform';

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
export const OFFSET_JUMPS_METRIC = {
  name: 'consumer_offset_jumps_total',
  help: 'Times a partition continued elsewhere than where the group had come to: records may be missing',
  labelNames: ['group', 'topic'],
};
export const BATCH_DURATION_METRIC = {
  name: 'consumer_batch_duration_seconds',
  help: 'Time to settle one batch of records, by topic',
  labelNames: ['topic'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
};

@Injectable()
class ConsumerMetrics {
  constructor(
    @InjectMetric(RECORDS_METRIC.name) readonly records: Counter,
    @InjectMetric(DEAD_LETTERS_METRIC.name) readonly deadLetters: Counter,
    @InjectMetric(OFFSET_JUMPS_METRIC.name) readonly offsetJumps: Counter,
    @InjectMetric(BATCH_DURATION_METRIC.name) readonly durations: Histogram,
  ) {}
}

/** What the worker tells about its records, in numbers and in the log. */
export class ConsumerTelemetry {
  constructor(
    private readonly metrics: ConsumerMetrics,
    readonly log: Logger,
  ) {}

  startBatch([first]: readonly RawRecord[]): () => void {
    return this.metrics.durations.startTimer({ topic: first?.position.topic });
  }

  processed(
    batch: readonly { readonly record: RawRecord; readonly outcome: { readonly kind: string } }[],
  ): void {
    for (const { record, outcome } of batch) {
      this.metrics.records.inc({ topic: record.position.topic, outcome: outcome.kind });
    }
  }

  /** One line for each key id of a batch, with its first event: whoever sends such events chooses how many they are. */
  foreign(batch: readonly ForeignEvent[], message: string): void {
    for (const [keyId, events] of Map.groupBy(batch, (event) => event.keyId)) {
      const { eventId, position } = events[0]!;
      const { topic, partition, offset } = position;
      const first = { topic, partition, offset: String(offset) };
      this.log.warn({ eventId, keyId, events: events.length, ...first }, message);
    }
  }

  /** One line for each code of a batch, with its first record: whoever writes such records chooses how many they are. */
  deadLettered(batch: readonly Refused[]): void {
    for (const [code, refused] of Map.groupBy(batch, ({ error }) => error.code)) {
      const { topic, partition, offset } = refused[0]!.record.position;
      const records = refused.reduce((sum, { record }) => sum + recordsOf(record), 0);
      this.metrics.deadLetters.inc({ topic, code }, records);
      this.log.warn({ topic, partition, offset: String(offset), code, records }, 'records dead-lettered');
    }
  }

  jumped({ groupId, topic, partition, from, to }: OffsetJump): void {
    this.metrics.offsetJumps.inc({ group: groupId, topic });
    const offsets = { from: String(from), to: String(to) };
    this.log.error({ groupId, topic, partition, ...offsets }, 'offset out of range: records may be missing');
  }
}

/** How many records of the stream a record stands for. */
function recordsOf({ position, unread }: RawRecord): number {
  return unread ? Number(unread.lastOffset - position.offset) + 1 : 1;
}

/** A record that nobody can store, and why. */
export interface Refused {
  readonly record: RawRecord;
  readonly error: PipelineError;
}

/** An event whose identity was first used by another key id. */
export interface ForeignEvent {
  readonly eventId: string;
  readonly keyId: string | null;
  readonly position: StreamPosition;
}

/** A partition that continues elsewhere than where the group had come to. */
export interface OffsetJump {
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** Both consumers tell of their jumps here: whatever the roles of a process, the metrics are there. */
@Module({
  providers: [
    ...[RECORDS_METRIC, DEAD_LETTERS_METRIC, OFFSET_JUMPS_METRIC].map(makeCounterProvider),
    makeHistogramProvider(BATCH_DURATION_METRIC),
    ConsumerMetrics,
    {
      provide: ConsumerTelemetry,
      inject: [ConsumerMetrics, NestLogger],
      useFactory: (metrics: ConsumerMetrics, { pino }: NestLogger) => new ConsumerTelemetry(metrics, pino),
    },
  ],
  exports: [ConsumerTelemetry],
})
export class ConsumerTelemetryModule {}
