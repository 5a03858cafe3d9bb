import { Injectable, type Provider } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge } from 'prom-client';
import type { ArchiveObject, ArchiveUnavailable, StreamPosition } from '@libs/domain';
import { NestLogger, type Logger } from '@libs/platform';

const ARCHIVED_RECORDS_METRIC = {
  name: 'gpu_metadata_archived_records_total',
  help: 'Records whose segment is in the archive and committed',
};
const ARCHIVED_OBJECTS_METRIC = {
  name: 'gpu_metadata_archived_objects_total',
  help: 'Objects stored in the archive',
};
const ARCHIVED_BYTES_METRIC = {
  name: 'gpu_metadata_archived_bytes_total',
  help: 'Bytes stored in the archive',
};
const ARCHIVE_HELD_METRIC = {
  name: 'gpu_metadata_archive_held_bytes',
  help: 'Bytes of records gathered for the archive and not yet in it',
};

@Injectable()
class ArchiveMetrics {
  constructor(
    @InjectMetric(ARCHIVED_RECORDS_METRIC.name) readonly records: Counter,
    @InjectMetric(ARCHIVED_OBJECTS_METRIC.name) readonly objects: Counter,
    @InjectMetric(ARCHIVED_BYTES_METRIC.name) readonly bytes: Counter,
    @InjectMetric(ARCHIVE_HELD_METRIC.name) readonly held: Gauge,
  ) {}
}

/** A segment that is in the archive. */
export interface ArchivedSegment {
  readonly partition: number;
  readonly firstOffset: bigint;
  readonly nextOffset: bigint;
  readonly records: number;
}

/** What the worker tells about its archive, in numbers and in the log. */
export class ArchiveTelemetry {
  constructor(
    private readonly metrics: ArchiveMetrics,
    private readonly logger: Logger,
  ) {}

  holds(bytes: number): void {
    this.metrics.held.set(bytes);
  }

  stored({ content }: ArchiveObject): void {
    this.metrics.objects.inc();
    this.metrics.bytes.inc(content.byteLength);
  }

  refused({ objectName, cause }: ArchiveUnavailable, attempt: number): void {
    const fault = cause instanceof Error ? `${cause.name}: ${cause.message}` : undefined;
    this.logger.warn({ object: objectName, attempt, fault }, 'object will be stored again');
  }

  notCommitted({ partition }: StreamPosition, fault: Error): void {
    this.logger.warn({ partition, fault: fault.message }, 'archived offset not committed yet');
  }

  committed({ partition, firstOffset, nextOffset, records }: ArchivedSegment): void {
    this.metrics.records.inc(records);
    const offsets = { firstOffset: String(firstOffset), nextOffset: String(nextOffset) };
    this.logger.info({ partition, ...offsets, records }, 'segment archived');
  }
}

/** ArchiveTelemetry with its metrics. */
export const ARCHIVE_TELEMETRY: readonly Provider[] = [
  ...[ARCHIVED_RECORDS_METRIC, ARCHIVED_OBJECTS_METRIC, ARCHIVED_BYTES_METRIC].map(makeCounterProvider),
  makeGaugeProvider(ARCHIVE_HELD_METRIC),
  ArchiveMetrics,
  {
    provide: ArchiveTelemetry,
    inject: [ArchiveMetrics, NestLogger],
    useFactory: (metrics: ArchiveMetrics, { pino }: NestLogger) => new ArchiveTelemetry(metrics, pino),
  },
];
