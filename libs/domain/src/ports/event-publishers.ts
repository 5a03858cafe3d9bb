import { PackedEmbedding } from '../model/embedding';
import { AcceptedMetadata } from '../model/gpu-metadata';
import { AcceptedLineage } from '../model/lineage';
import { StreamPosition } from '../model/recorded-metadata';

/** What the API adds so that a trace can be followed across the stream. */
export interface PublishContext {
  /** W3C trace context of the request, where it brought a valid one. */
  readonly traceparent?: string;
}

/** Puts accepted events on the stream. */
export abstract class EventPublisher {
  /**
   * Resolves once every in-sync replica holds the event, with its position.
   * Publishing the same event again is harmless: the store keeps one document for each eventId.
   *
   * @throws PublishQueueFull — nothing was sent; PublishTimeout, BrokerUnavailable — the event may be on the stream: all
   * three are retriable; PublishRefused where no retry mends it
   */
  abstract publish(
    event: AcceptedMetadata<PackedEmbedding>,
    context: PublishContext,
  ): Promise<StreamPosition>;

  /** Whether an event of so many bytes would find room to wait now: whoever has more to read asks before reading on. */
  abstract hasRoom(bytes: number): boolean;
}

/** Puts accepted readings and usages on their streams. */
export abstract class LineagePublisher {
  /**
   * Resolves once every in-sync replica holds the event, with its position.
   * Publishing the same event again is harmless: the first stored of an identity stays.
   *
   * @throws PublishQueueFull — nothing was sent; PublishTimeout, BrokerUnavailable — the event may be on the stream: all
   * three are retriable; PublishRefused where no retry mends it
   */
  abstract publish(accepted: AcceptedLineage, context: PublishContext): Promise<StreamPosition>;
}
