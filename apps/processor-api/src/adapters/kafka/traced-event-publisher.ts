import { GPU_METADATA_TOPIC } from '@libs/contracts';
import {
  EventPublisher,
  type AcceptedMetadata,
  type PublishContext,
  type StreamPosition,
} from '@libs/domain';
import { errorCodeOf, type TraceSpan, type Tracing } from '@libs/platform';

/** Tells how long each event waited for Kafka; the record carries this span on, so that the worker's is its child. */
export class TracedEventPublisher extends EventPublisher {
  constructor(
    private readonly publisher: EventPublisher,
    private readonly tracing: Tracing,
  ) {
    super();
  }

  publish(event: AcceptedMetadata, { traceparent }: PublishContext): Promise<StreamPosition> {
    const span = this.tracing.start(`publish ${GPU_METADATA_TOPIC}`, {
      kind: 'producer',
      parent: traceparent,
      attributes: {
        'messaging.system': 'kafka',
        'messaging.operation.name': 'publish',
        'messaging.operation.type': 'send',
        'messaging.destination.name': GPU_METADATA_TOPIC,
        'messaging.message.id': event.eventId,
      },
    });
    return endWith(span, this.publisher.publish(event, { traceparent: span.traceparent }));
  }
}

/** Apart from `publish`, whose frame holds the event. */
async function endWith(span: TraceSpan, published: Promise<StreamPosition>): Promise<StreamPosition> {
  try {
    const position = await published;
    span.end({
      'messaging.destination.partition.id': String(position.partition),
      'messaging.kafka.offset': Number(position.offset),
    });
    return position;
  } catch (error) {
    span.end({}, errorCodeOf(error));
    throw error;
  }
}
