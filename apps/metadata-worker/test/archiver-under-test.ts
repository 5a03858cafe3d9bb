import { createLogger } from '@libs/platform';
import type { Archive } from '@libs/domain';
import { Counter, Gauge } from 'prom-client';
import { KafkaArchiveConsumer } from '../src/adapters/kafka/kafka-archive-consumer';
import { S3Archive } from '../src/adapters/s3/s3-archive';
import type { OffsetJump } from '../src/consumer/consumer-telemetry';
import { ArchiveTelemetry, type ArchivedSegment } from '../src/archive/archive-telemetry';
import { Archivist } from '../src/archive/archivist';
import type { SegmentLimits } from '../src/archive/segment';
import { ARCHIVE_KINDS } from '../src/archive/segment-objects';
import { s3Endpoint, testKafka } from '@libs/testing/test-stack';

export interface ArchiverSettings {
  readonly topic: string;
  readonly groupId: string;
  readonly bucket: string;
  readonly limits?: Partial<SegmentLimits>;
  /** In the place of the bucket's own. */
  readonly archive?: Archive;
  readonly onCommitted?: () => void;
  readonly onJump?: (jump: OffsetJump) => void;
}

const LIMITS: SegmentLimits = { maxRecords: 1_000, maxBytes: 2 ** 20, maxAgeMs: 300 };
const SESSION_TIMEOUT_MS = 6_000;

/** The archive's consumer on a topic of the test, wired as archive.module.ts does it. */
export function archiverOf(settings: ArchiverSettings): KafkaArchiveConsumer {
  const { topic, groupId, bucket, limits } = settings;
  const log = createLogger('test', 'silent');
  const telemetry = new TelemetryUnderTest(settings.onCommitted ?? ((): void => undefined));
  const archivist = new Archivist(
    settings.archive ?? s3ArchiveOf(bucket),
    { kinds: ARCHIVE_KINDS, pipelineTags: ['test'] },
    telemetry,
  );
  return new KafkaArchiveConsumer(
    testKafka(),
    { topic, groupId, sessionTimeoutMs: SESSION_TIMEOUT_MS, limits: { ...LIMITS, ...limits } },
    { archivist, telemetry: { log, jumped: settings.onJump ?? ((): void => undefined) } },
  );
}

export function s3ArchiveOf(bucket: string, endpoint = s3Endpoint): S3Archive {
  process.env.AWS_ACCESS_KEY_ID = 'local';
  process.env.AWS_SECRET_ACCESS_KEY = 'local-secret';
  return new S3Archive({ bucket, endpoint, region: 'us-east-1' });
}

class TelemetryUnderTest extends ArchiveTelemetry {
  constructor(private readonly onCommitted: () => void) {
    const counter = (name: string): Counter => new Counter({ name, help: name, registers: [] });
    const held = new Gauge({ name: 'held', help: 'held', registers: [] });
    const metrics = {
      records: counter('records'),
      objects: counter('objects'),
      bytes: counter('bytes'),
      held,
    };
    super(metrics, createLogger('test', 'silent'));
  }

  override committed(segment: ArchivedSegment): void {
    super.committed(segment);
    this.onCommitted();
  }
}
