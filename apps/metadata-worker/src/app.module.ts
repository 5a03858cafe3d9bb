import { Global, Injectable, Module, Optional, type DynamicModule, type Type } from '@nestjs/common';
import { ALL_TOPICS } from '@libs/contracts';
import { KafkaWatch, Liveness, PlatformModule, Readiness } from '@libs/platform';
import { KafkaArchiveConsumer } from './adapters/kafka/kafka-archive-consumer';
import { DatabaseWatch } from './adapters/mongo/database-watch';
import { ArchiveModule } from './archive/archive.module';
import { workerConfig, type WorkerRole } from './config';
import { BatchTransport } from './consumer/batch-transport';
import { ConsumerLiveness, type ConsumingLoop } from './consumer/consumer-liveness';
import { ConsumerModule } from './consumer/consumer.module';

/** Only storing needs a database. */
const MODULES: Readonly<Record<WorkerRole, Type>> = { store: ConsumerModule, archive: ArchiveModule };

/** What the roles of the process depend on. */
@Injectable()
class WorkerReadiness extends Readiness {
  constructor(
    kafka: KafkaWatch,
    @Optional() transport?: BatchTransport,
    @Optional() database?: DatabaseWatch,
    @Optional() archive?: KafkaArchiveConsumer,
  ) {
    super(async () => ({
      kafka: kafka.unhealthyReason,
      ...(transport && { consumer: transport.unhealthyReason }),
      ...(database && { database: await database.unhealthyReason() }),
      ...(archive && { archive: archive.unhealthyReason, s3: archive.storageUnhealthyReason }),
    }));
  }
}

@Global()
@Module({
  imports: [
    PlatformModule.forProgram({
      service: 'metadata-worker',
      config: workerConfig,
      topics: ALL_TOPICS,
    }),
  ],
  providers: [
    {
      provide: ConsumerLiveness,
      inject: [
        KafkaWatch,
        { token: BatchTransport, optional: true },
        { token: KafkaArchiveConsumer, optional: true },
      ],
      useFactory: (kafka: KafkaWatch, ...loops: (ConsumingLoop | undefined)[]) =>
        new ConsumerLiveness(
          loops.filter((loop) => loop !== undefined),
          kafka,
        ),
    },
    { provide: Liveness, useExisting: ConsumerLiveness },
    { provide: Readiness, useClass: WorkerReadiness },
  ],
  exports: [Liveness, Readiness],
})
export class AppModule {
  static withRoles(roles: readonly WorkerRole[]): DynamicModule {
    return { module: AppModule, imports: roles.map((role) => MODULES[role]) };
  }
}
