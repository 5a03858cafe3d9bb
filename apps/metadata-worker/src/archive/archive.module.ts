import {
  Inject,
  Injectable,
  Module,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Kafka } from 'kafkajs';
import { GPU_METADATA_TOPIC } from '@libs/contracts';
import { Archive } from '@libs/domain';
import { KafkaArchiveConsumer } from '../adapters/kafka/kafka-archive-consumer';
import { S3Archive } from '../adapters/s3/s3-archive';
import { workerConfig } from '../config';
import { ConsumerTelemetry, ConsumerTelemetryModule } from '../consumer/consumer-telemetry';
import { ARCHIVE_TELEMETRY, ArchiveTelemetry } from './archive-telemetry';
import { Archivist } from './archivist';

type Config = ConfigType<typeof workerConfig>;

const ARCHIVE_GROUP = 'metadata-archive';

/** The consumer with the settings of this program. */
@Injectable()
class ArchiveConsumer extends KafkaArchiveConsumer {
  constructor(
    kafka: Kafka,
    @Inject(workerConfig.KEY) { archive, consumer: { sessionTimeoutMs } }: Config,
    archivist: Archivist,
    telemetry: ConsumerTelemetry,
  ) {
    const { limits } = archive!;
    const settings = { topic: GPU_METADATA_TOPIC, groupId: ARCHIVE_GROUP, sessionTimeoutMs, limits };
    super(kafka, settings, { archivist, telemetry });
  }
}

/** The role `archive`: records of `gpu-metadata` become objects in a bucket, which the settings have with this role. */
@Module({
  imports: [ConsumerTelemetryModule],
  providers: [
    ...ARCHIVE_TELEMETRY,
    {
      provide: Archive,
      inject: [workerConfig.KEY],
      useFactory: ({ archive }: Config) => new S3Archive(archive!.s3),
    },
    {
      provide: Archivist,
      inject: [Archive, workerConfig.KEY, ArchiveTelemetry],
      useFactory: (target: Archive, { archive, pipelineTags }: Config, telemetry: ArchiveTelemetry) =>
        new Archivist(target, { kinds: archive!.kinds, pipelineTags }, telemetry),
    },
    { provide: KafkaArchiveConsumer, useClass: ArchiveConsumer },
  ],
  exports: [KafkaArchiveConsumer],
})
export class ArchiveModule implements OnModuleInit, OnModuleDestroy, OnApplicationShutdown {
  private closed: Promise<void> | undefined;

  constructor(private readonly consumer: KafkaArchiveConsumer) {}

  onModuleInit(): void {
    this.consumer.start();
  }

  /** The archive finishes its upload while the transport finishes its batch. */
  onModuleDestroy(): void {
    this.closed = this.consumer.close();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.closed;
  }
}
