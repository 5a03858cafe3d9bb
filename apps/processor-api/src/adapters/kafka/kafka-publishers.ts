import { encodeLineage, encodeRecord, GPU_METADATA_TOPIC } from '@libs/contracts';
import {
  EventPublisher,
  LineagePublisher,
  type AcceptedLineage,
  type AcceptedMetadata,
  type PackedEmbedding,
  type PublishContext,
  type StreamPosition,
} from '@libs/domain';
import type { TopicProducers } from './topic-producers';

/** Publishes to `gpu-metadata`, in batches, each caller answered by its own acknowledgement. */
export class KafkaEventPublisher extends EventPublisher {
  constructor(private readonly topics: TopicProducers) {
    super();
  }

  publish(
    event: AcceptedMetadata<PackedEmbedding>,
    { traceparent }: PublishContext,
  ): Promise<StreamPosition> {
    return this.topics.publish(GPU_METADATA_TOPIC, encodeRecord(event, traceparent, this.topics.allocate));
  }

  hasRoom(bytes: number): boolean {
    return this.topics.hasRoom(bytes);
  }
}

/** Publishes to `gpu.metrics.v1` and `token.usage.v1`, each caller answered by its own acknowledgement. */
export class KafkaLineagePublisher extends LineagePublisher {
  constructor(private readonly topics: TopicProducers) {
    super();
  }

  publish(accepted: AcceptedLineage, { traceparent }: PublishContext): Promise<StreamPosition> {
    const { topic, ...record } = encodeLineage(accepted, traceparent);
    return this.topics.publish(topic, record);
  }
}
