import { AcceptedLineage } from '../model/lineage';
import { StreamPosition } from '../model/recorded-metadata';
import { PublishContext } from './event-publisher';

/** Puts accepted readings and usages on their streams. */
export abstract class LineagePublisher {
  /**
   * Resolves once every in-sync replica holds the event, with its position.
   * Publishing the same event again is harmless: the first stored of an identity stays.
   *
   * @throws PublishQueueFull — at once, and nothing was sent; rejects with PublishTimeout or BrokerUnavailable, and the
   * event may not be on the stream: all three are retriable. Rejects with PublishRefused where no retry mends it.
   */
  abstract publish(accepted: AcceptedLineage, context: PublishContext): Promise<StreamPosition>;
}
