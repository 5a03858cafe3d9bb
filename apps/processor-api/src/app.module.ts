import { Global, Module, type DynamicModule } from '@nestjs/common';
import { ALL_TOPICS } from '@libs/contracts';
import { Liveness, PlatformModule, Readiness } from '@libs/platform';
import { TopicProducers } from './adapters/kafka/topic-producers';
import { processorConfig, type ReadSettings } from './config';
import { StatusModule } from './console/status.module';
import { HttpModule } from './http/http.module';
import { IngestModule } from './ingest/ingest.module';
import { ReadsModule } from './reads/reads.module';
import { SearchModule } from './search/search.module';

/** The whole program. Global, because the platform's health routes ask for Liveness and Readiness. */
@Global()
@Module({
  imports: [
    PlatformModule.forProgram({
      service: 'processor-api',
      config: processorConfig,
      topics: ALL_TOPICS,
    }),
    HttpModule,
    IngestModule,
    ReadsModule,
    SearchModule,
    StatusModule,
  ],
  providers: [
    // A process that answers at all is live: what cannot go on here ends by itself.
    { provide: Liveness, useValue: new Liveness(() => undefined) },
    {
      provide: Readiness,
      inject: [TopicProducers],
      useFactory: (topics: TopicProducers) =>
        new Readiness(() => Promise.resolve({ kafka: topics.unhealthyReason })),
    },
  ],
  exports: [Liveness, Readiness],
})
export class AppModule {
  /** The module of a process that reads from this database too; without one it only writes. */
  static withReads(reads: ReadSettings | undefined): DynamicModule {
    return { module: AppModule, imports: reads ? [ReadsModule.connection()] : [] };
  }
}
