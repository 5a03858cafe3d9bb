import { encodeLineage } from '@libs/contracts';
import {
  LineagePublisher,
  type AcceptedLineage,
  type PublishContext,
  type StreamPosition,
} from '@libs/domain';
import type { TopicProducers } from './topic-producers';

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
