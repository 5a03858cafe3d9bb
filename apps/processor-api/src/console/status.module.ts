import { Module, type OnApplicationShutdown } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Kafka } from 'kafkajs';
import { deadLetterTopic, RECORD_TOPICS } from '@libs/contracts';
import { DeadLetterCounts } from '@libs/domain';
import { KafkaWatch } from '@libs/platform';
import { KafkaDeadLetterCounts } from '../adapters/kafka/kafka-dead-letter-counts';
import { TopicProducers } from '../adapters/kafka/topic-producers';
import { ReadDatabase } from '../adapters/mongo/read-database';
import { ThreadedSimilarityIndex } from '../adapters/mongo/threaded-similarity-index';
import { processorConfig } from '../config';
import { HttpModule } from '../http/http.module';
import { IngestModule } from '../ingest/ingest.module';
import { ReadsModule } from '../reads/reads.module';
import { SearchModule } from '../search/search.module';
import type { StatusBody } from './status-body';
import { StatusController } from './status.controller';
import { StatusReport, StatusSources } from './status-report';

type Config = ConfigType<typeof processorConfig>;

/** How this process is doing: the route that tells it, and where its figures come from. */
@Module({
  imports: [HttpModule, IngestModule, ReadsModule, SearchModule],
  controllers: [StatusController],
  providers: [
    {
      provide: KafkaDeadLetterCounts,
      inject: [Kafka, KafkaWatch],
      useFactory: (kafka: Kafka, watch: KafkaWatch) =>
        new KafkaDeadLetterCounts(kafka, {
          topics: RECORD_TOPICS.map(deadLetterTopic),
          kafkaUnhealthyReason: () => watch.unhealthyReason,
        }),
    },
    { provide: DeadLetterCounts, useExisting: KafkaDeadLetterCounts },
    {
      provide: StatusSources,
      inject: [TopicProducers, ReadDatabase, ThreadedSimilarityIndex, processorConfig.KEY],
      useFactory: (
        topics: TopicProducers,
        database: ReadDatabase,
        similar: ThreadedSimilarityIndex,
        config: Config,
      ): StatusSources => ({
        queue: () => ({ bytes: topics.queuedBytes, maxBytes: config.publish.queueBytes }),
        searchIndex: () => (config.reads ? searchIndexStatus(similar, config.searchIndexBytes) : null),
        kafkaUnhealthyReason: () => topics.unhealthyReason,
        readsUnhealthyReason:
          config.reads && (() => (database.isRefusing ? 'the database does not answer' : undefined)),
      }),
    },
    StatusReport,
  ],
})
export class StatusModule implements OnApplicationShutdown {
  constructor(private readonly deadLetterCounts: KafkaDeadLetterCounts) {}

  onApplicationShutdown(): Promise<void> {
    return this.deadLetterCounts.stop();
  }
}

function searchIndexStatus({ report }: ThreadedSimilarityIndex, maxBytes: number): StatusBody['searchIndex'] {
  const { isLoaded: loaded, vectors, documents, bytes } = report;
  return { loaded, vectors, documents, bytes, maxBytes };
}
