import { RECORD_HEADERS, type EncodedRecord } from '@libs/contracts';
import type { StreamPosition } from '@libs/domain';
import { errorCodeOf, type TraceSpan, type Tracing } from '@libs/platform';
import { TopicProducers } from './topic-producers';

type Dependencies = ConstructorParameters<typeof TopicProducers>;

/** Tells how long each record waited for Kafka; the record carries this span on, so that the worker's is its child. */
export class TracedTopicProducers extends TopicProducers {
  constructor(
    private readonly tracing: Tracing,
    ...dependencies: Dependencies
  ) {
    super(...dependencies);
  }

  override publish(topic: string, record: EncodedRecord): Promise<StreamPosition> {
    const { headers } = record;
    const span = this.tracing.start(`publish ${topic}`, {
      kind: 'producer',
      parent: headers[RECORD_HEADERS.traceparent],
      attributes: {
        'messaging.system': 'kafka',
        'messaging.operation.name': 'publish',
        'messaging.operation.type': 'send',
        'messaging.destination.name': topic,
        'messaging.message.id': headers[RECORD_HEADERS.id],
      },
    });
    const traced = { ...record, headers: { ...headers, [RECORD_HEADERS.traceparent]: span.traceparent } };
    return endWith(span, super.publish(topic, traced));
  }
}

/** Apart from `publish`, whose frame holds the record. */
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
