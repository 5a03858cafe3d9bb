import type { Provider } from '@nestjs/common';
import { getToken, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
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

interface ConsumerMetrics {
  readonly records: Counter;
  readonly deadLetters: Counter;
  readonly offsetJumps: Counter;
  readonly durations: Histogram;
}

/** What the worker tells about its records, in numbers and in the log. */
export class ConsumerTelemetry {
  constructor(
    private readonly metrics: ConsumerMetrics,
    private readonly logger: Logger,
  ) {}

  startBatch([first]: readonly RawRecord[]): () => void {
    return this.metrics.durations.startTimer({ topic: first?.position.topic });
  }

  settled(
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
      const first = { eventId, topic, partition, offset: String(offset) };
      this.logger.warn({ keyId, events: events.length, ...first }, message);
    }
  }

  deadLettered({ position, unread }: RawRecord, { code }: PipelineError): void {
    const { topic, partition, offset } = position;
    const lastOffset = unread?.lastOffset ?? offset;
    this.metrics.deadLetters.inc({ topic, code }, Number(lastOffset - offset) + 1);
    const offsets = {
      offset: String(offset),
      ...(lastOffset > offset && { lastOffset: String(lastOffset) }),
    };
    this.logger.warn({ topic, partition, ...offsets, code }, 'record dead-lettered');
  }

  jumped({ groupId, topic, partition, from, to }: OffsetJump): void {
    this.metrics.offsetJumps.inc({ group: groupId, topic });
    const offsets = { from: String(from), to: String(to) };
    this.logger.error(
      { groupId, topic, partition, ...offsets },
      'offset out of range: records may be missing',
    );
  }
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

const COUNTERS = [RECORDS_METRIC, DEAD_LETTERS_METRIC, OFFSET_JUMPS_METRIC];
type Parts = [Counter, Counter, Counter, Histogram, NestLogger];

/** ConsumerTelemetry with its metrics. */
export const CONSUMER_TELEMETRY: readonly Provider[] = [
  ...COUNTERS.map(makeCounterProvider),
  makeHistogramProvider(BATCH_DURATION_METRIC),
  {
    provide: ConsumerTelemetry,
    inject: [...[...COUNTERS, BATCH_DURATION_METRIC].map(({ name }) => getToken(name)), NestLogger],
    useFactory: (...[records, deadLetters, offsetJumps, durations, { pino }]: Parts) =>
      new ConsumerTelemetry({ records, deadLetters, offsetJumps, durations }, pino),
  },
];
