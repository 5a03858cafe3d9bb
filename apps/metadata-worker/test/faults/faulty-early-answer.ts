import {
  EventPublisher,
  type AcceptedMetadata,
  type PackedEmbedding,
  type PublishContext,
  type StreamPosition,
} from '@libs/domain';
import { KafkaEventPublisher } from '../../../processor-api/src/adapters/kafka/kafka-publishers';
import { TopicProducers } from '../../../processor-api/src/adapters/kafka/topic-producers';
import { IngestModule } from '../../../processor-api/src/ingest/ingest.module';
import { replaceProvider } from './replace-provider';

/** The API as it must not be: it answers 202 before the broker acknowledged. */
class EarlyAnswer extends EventPublisher {
  constructor(private readonly publisher: EventPublisher) {
    super();
  }

  publish(event: AcceptedMetadata<PackedEmbedding>, context: PublishContext): Promise<StreamPosition> {
    this.publisher.publish(event, context).catch(() => undefined);
    return Promise.resolve({ topic: 'gpu-metadata', partition: 0, offset: 0n });
  }

  hasRoom(bytes: number): boolean {
    return this.publisher.hasRoom(bytes);
  }
}

replaceProvider(IngestModule, {
  provide: EventPublisher,
  inject: [TopicProducers],
  useFactory: (topics: TopicProducers) => new EarlyAnswer(new KafkaEventPublisher(topics)),
});
