import { AcceptedLineage } from '../model/lineage';
import { StreamPosition } from '../model/recorded-metadata';
import { PublishContext } from './event-publisher';

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
